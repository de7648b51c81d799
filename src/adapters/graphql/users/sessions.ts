import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { listSessions } from '../../../directory/sessions/list-sessions.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { User } from '../../../directory/users/user.js';
import type { Context } from '../context.js';
import { SessionPage } from '../lists/pages.js';
import { cursorOf, Forward, firstPage, orderOfRows, pageOfRows, sizeOf } from '../lists/paging.js';
import { sessionsOfUser } from '../lists/related-rows.js';

@Resolver(() => User)
export class UserSessionsResolver {
  @FieldResolver(() => [SignInSession], {
    description: 'Valid sessions of the user.',
    deprecationReason: 'The list has no pages. Use activeSessions.',
    nullable: true,
  })
  async sessions(@Root() user: User, @Ctx() { loaders, principal }: Context): Promise<SignInSession[]> {
    authorize({ principal }, 'session.read', { organizationId: user.organizationId, userId: user.id });
    return loaders.sessions.load(user);
  }

  @FieldResolver(() => SessionPage, { nullable: true, description: 'Valid sessions of the user, oldest first.' })
  async activeSessions(@Root() user: User, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    const { now } = context.store;
    const rows = listSessions(context.in(user.organizationId), user.id, now());
    const whole = () => pageOfRows(args, rows);
    if (args.after != null) return whole();
    const size = sizeOf(args.first);
    const found = await context.related
      .first('sessionsOfUser', sessionsOfUser(now), { limit: size + 1, fields: every })
      .load(user);
    return firstPage(found, size, { cursorOf: (session) => cursorOf(orderOfRows(rows), session), whole });
  }
}

/** Sessions are read with all columns. */
const every: ReadonlySet<string> = new Set();
