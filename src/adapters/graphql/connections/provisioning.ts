import { BadInput } from '../../../kernel/errors.js';
import type { JitPolicyInput } from './facet-inputs.js';
import type { CreateConnectionInput, UpdateConnectionInput } from './inputs.js';

type Settings = Pick<CreateConnectionInput, 'scim' | 'onExisting' | 'scimExtensions'>;
type Given = Pick<UpdateConnectionInput, 'provisioning' | 'jit' | 'scim' | 'onExisting' | 'scimExtensions'>;

/** Returns the policy under the names of the directory. @throws BadInput if a field is given under both names */
function policyOf({ trustsEmail, ...policy }: JitPolicyInput): Omit<JitPolicyInput, 'trustsEmail'> {
  if (trustsEmail == null) return policy;
  if (policy.vouchesForEmail != null)
    throw new BadInput(
      '"jit.vouchesForEmail" cannot be combined with "jit.trustsEmail", which replaces it. Leave it out.',
    );
  return { ...policy, vouchesForEmail: trustsEmail };
}

const older = ['scim', 'onExisting', 'scimExtensions'] as const;

/** Names of the SCIM settings in `provisioning`, by the names in errors of the directory. */
export const provisioningNames = {
  scim: 'provisioning.enabled',
  onExisting: 'provisioning.onExisting',
  scimExtensions: 'provisioning.extensions',
} as const;

/**
 * Returns the input with the SCIM settings of `provisioning`, which null disables. `enabled` is the default of a new
 * connection.
 *
 * @throws BadInput if the deprecated fields are also given
 */
export function withProvisioning<T extends Given>(
  { provisioning, ...given }: T,
  enabled?: boolean,
): Omit<T, 'provisioning'> & Settings {
  const input = { ...given, ...(given.jit && { jit: policyOf(given.jit) }) };
  if (provisioning === undefined) return input;
  const both = older.find((name) => input[name] != null);
  if (both) throw new BadInput(`"${both}" cannot be combined with "provisioning", which replaces it. Leave it out.`);
  if (provisioning === null) return { ...input, scim: false };
  const { onExisting, extensions } = provisioning;
  return { ...input, scim: provisioning.enabled ?? enabled, onExisting, scimExtensions: extensions };
}
