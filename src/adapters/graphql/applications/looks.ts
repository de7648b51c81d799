import { Ctx, Field, FieldResolver, InputType, Resolver, Root } from 'type-graphql';
import { Application } from '../../../directory/applications/application.js';
import type { LookInput } from '../../../directory/looks/look.js';
import { Organization } from '../../../directory/organizations/organization.js';
import type { Context } from '../context.js';

/** Input fields for the look of the sign-in pages, shared by applications and organizations. */
@InputType()
export abstract class LookFields implements LookInput {
  @Field(() => String, {
    nullable: true,
    description: 'Color of buttons on sign-in pages, such as #1a56db; their text is black or white. Null removes it.',
  })
  color?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Support contact on sign-in pages: an email address or an https URL. Null removes it.',
  })
  supportContact?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Logo on sign-in pages: a PNG or WebP image in base64, at most 65,536 bytes and 2,048 pixels. Null removes it.',
  })
  logo?: string | null;
}

const description = 'URL of the logo on sign-in pages. It changes with the image. Null if there is no logo.';
const logoUrl = (hash: string | null, { services }: Context) => hash && `${services.publicUrl()}/sso/logos/${hash}`;

@Resolver(() => Application)
export class ApplicationLookResolver {
  @FieldResolver(() => String, { nullable: true, description })
  logoUrl(@Root() { logoHash }: Application, @Ctx() context: Context): string | null {
    return logoUrl(logoHash, context);
  }
}

@Resolver(() => Organization)
export class OrganizationLookResolver {
  @FieldResolver(() => String, { nullable: true, description })
  logoUrl(@Root() { logoHash }: Organization, @Ctx() context: Context): string | null {
    return logoUrl(logoHash, context);
  }
}
