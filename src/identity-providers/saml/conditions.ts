import { clockSkewMs } from '../../kernel/durations.js';
import { childrenOf, named, textOf } from './document.js';
import { InvalidSaml } from './errors.js';
import { instant } from './instant.js';
import { saml } from './names.js';
import { clipped } from './reason.js';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
/** The conditions of SAML Core sections 2.5.1.4 to 2.5.1.6. Every assertion is accepted only once anyway. */
const understood = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);

/**
 * Checks the conditions of an assertion (SAML Core section 2.5.1): the validity period, the audience, and that no
 * condition is unknown.
 *
 * @returns the moment from which the assertion is no longer valid
 * @throws InvalidSaml
 */
export function checkConditions(conditions: Element, { now, spEntityId }: { now: Date; spEntityId: string }): Date {
  for (const condition of childrenOf(conditions)) checkUnderstood(condition);
  if (conditions.hasAttribute('NotBefore')) {
    const begins = instant(conditions, 'NotBefore');
    if (begins.getTime() > now.getTime() + clockSkewMs)
      throw new InvalidSaml(
        `the assertion is valid only from ${begins.toISOString()}; here it is ${now.toISOString()}`,
      );
  }
  const ends = instant(conditions, 'NotOnOrAfter');
  if (ends.getTime() <= now.getTime() - clockSkewMs)
    throw new InvalidSaml(`the assertion expired at ${ends.toISOString()}; here it is ${now.toISOString()}`);
  checkAudience(conditions, spEntityId);
  return ends;
}

/** Rejects an assertion with an unknown condition (SAML Core section 2.5.1.1). */
function checkUnderstood(condition: Element): void {
  const type = condition.getAttributeNS(xsi, 'type') || `${condition.localName}Type`;
  const isKnown = condition.namespaceURI === saml && understood.has(condition.localName);
  if (isKnown && type.split(':').at(-1) === `${condition.localName}Type`) return;
  throw new InvalidSaml(
    `the assertion has the condition "${clipped(condition.getAttributeNS(xsi, 'type') || condition.localName)}", which is not understood (SAML Core section 2.5.1.1)`,
  );
}

function checkAudience(conditions: Element, spEntityId: string): void {
  const restrictions = named(conditions, saml, 'AudienceRestriction');
  if (restrictions.length === 0) throw new InvalidSaml('the assertion has no AudienceRestriction');
  for (const restriction of restrictions) {
    const audiences = named(restriction, saml, 'Audience').map(textOf);
    if (audiences.includes(spEntityId)) continue;
    const padded = audiences.some((one) => one.trim() === spEntityId) ? ' without leading or trailing white space' : '';
    throw new InvalidSaml(
      `the assertion is for another audience (${clipped(audiences.join(', ')) || 'none'}); its Audience must be "${spEntityId}"${padded}`,
    );
  }
}
