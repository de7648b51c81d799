import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { authorize, isAllowed } from '../../../access/authorize.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { type OrganizationId, prefixOf } from '../../../kernel/ids.js';
import { NodeInterface } from '../../../kernel/node.js';
import { type FindMatch, findMatches, matchesOf } from '../../../overview/find-matches.js';
import type { Context } from '../context.js';
import { ownerOf } from '../events/log-owner.js';
import { labelOf } from '../label-of.js';
import { sizeOf } from '../lists/paging.js';
import { findNode, loadKnown } from '../nodes.js';

const maximumResults = 20;

@ObjectType('FindResult', { simpleResolvers: true, description: 'An object to which a text leads.' })
export class FindResult {
  organizationId: OrganizationId | null;
  @Field(() => NodeInterface, { description: 'Object that the text identifies. `matchedBy` names the property.' })
  node: object;
  @Field(() => findMatches, {
    description: 'Property that equals the text, or the name of an organization that begins with it.',
  })
  matchedBy: FindMatch;
  @Field(() => String, { description: 'Text that names the object in a list.' })
  label: string;
}

const matchOf = (id: string): FindMatch =>
  (({ evt: 'EVENT_ID', req: 'REQUEST_ID', app: 'CLIENT_ID' }) as const)[prefixOf(id) as 'evt' | 'req' | 'app'] ?? 'ID';

@Resolver(() => FindResult)
export class FindResolver {
  @Query(() => [FindResult], {
    nullable: true,
    description:
      'Objects that have exactly this text as an id, request id, client id, userName, email address, externalId, subject, domain or name, the most specific property first, and organizations whose name begins with it. Letter case matters for ids, subjects and externalIds. A platform key searches all organizations, other callers their own. The result contains only objects and properties that the caller can read.',
  })
  async find(
    @Arg('text', () => String, { description: 'Text to find. Surrounding white space is ignored.' }) text: string,
    @Ctx() context: Context,
    @Arg('organizationId', () => ID, {
      nullable: true,
      description: 'Organization to search. Default: all organizations of the caller.',
    })
    organizationId?: string,
    @Arg('first', () => Int, {
      nullable: true,
      description: `Maximum number of results. Default and maximum: ${maximumResults}.`,
    })
    first?: number,
  ): Promise<FindResult[]> {
    const limit = sizeOf(first, maximumResults);
    const { store } = context;
    const principal = await ownerOf(context, organizationId);
    authorize({ principal }, 'organization.read');
    await context.services.requests.flush();
    const wanted = text.trim();
    const named = await findNode(context, wanted);
    const matches = await matchesOf(store.database, principal, wanted);
    const found = await Promise.all(
      matches.map(async ({ matchedBy, ...known }) => resultOf(await loadKnown(context, known), matchedBy)),
    );
    const results = [resultOf(named, matchOf(wanted)), ...found].filter((each) => each !== null);
    return results
      .filter(({ organizationId: home }) => principal.organizationId === null || home === principal.organizationId)
      .slice(0, limit);
  }

  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization of the object. Null for an object of the platform.',
  })
  async organization(@Root() { organizationId }: FindResult, @Ctx() context: Context): Promise<Organization | null> {
    if (!organizationId || !isAllowed(context, 'organization.read', { organizationId })) return null;
    return context.loaders.organization.load({ organizationId, id: organizationId });
  }
}

/** Returns the result for an object that the caller can see; null for no object. */
function resultOf(node: object | null, matchedBy: FindMatch): FindResult | null {
  if (!node) return null;
  const organizationId =
    node instanceof Organization ? node.id : (node as { organizationId: OrganizationId | null }).organizationId;
  return { organizationId, node, matchedBy, label: labelOf(node) };
}
