import { randomUUID } from 'node:crypto';
import { digestMethods, encryptionMethods, keyTransports, signatureMethods } from './algorithms.js';
import { ds, md, postBinding, redirectBinding, samlp } from './names.js';
import { escaped } from './xml-text.js';

const alg = 'urn:oasis:names:tc:SAML:metadata:algsupport';
/** The properties of a service provider that its metadata contains. */
export interface Described {
  spEntityId: string;
  acsUrl: string;
  sloUrl: string;
  nameIdFormat: string | null;
  signRequests: boolean;
  /** PEM. */
  certificate: string;
}

/**
 * Returns the metadata of a service provider (SAML Metadata section 2.4.4). It offers exactly the algorithms that are
 * accepted: an IdP can use any that is offered (section 2.4.1.1; for signatures, the Metadata Profile for Algorithm
 * Support).
 */
export function describe(party: Described): string {
  const key = (use: string, methods: readonly string[]) =>
    `<KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bodyOf(party.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${methods
      .map((method) => `<EncryptionMethod Algorithm="${method}"/>`)
      .join('')}</KeyDescriptor>`;
  const service = (name: string, binding: string, url: string, more = '') =>
    `<${name} Binding="${binding}" Location="${escaped(url)}"${more}/>`;
  const algorithms = [
    ...[...digestMethods.keys()].map((method) => `<alg:DigestMethod Algorithm="${method}"/>`),
    ...[...signatureMethods.keys()].map((method) => `<alg:SigningMethod Algorithm="${method}"/>`),
  ];
  const format = party.nameIdFormat && `<NameIDFormat>${escaped(party.nameIdFormat)}</NameIDFormat>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<EntityDescriptor xmlns="${md}" xmlns:ds="${ds}" xmlns:alg="${alg}" entityID="${escaped(party.spEntityId)}" ID="_${randomUUID()}">`,
    `<Extensions>${algorithms.join('')}</Extensions>`,
    `<SPSSODescriptor protocolSupportEnumeration="${samlp}" AuthnRequestsSigned="${party.signRequests}" WantAssertionsSigned="true">`,
    key('signing', []),
    key('encryption', [...encryptionMethods, ...keyTransports]),
    service('SingleLogoutService', postBinding, party.sloUrl),
    service('SingleLogoutService', redirectBinding, party.sloUrl),
    format,
    service('AssertionConsumerService', postBinding, party.acsUrl, ' index="1" isDefault="true"'),
    '</SPSSODescriptor>',
    '</EntityDescriptor>',
  ]
    .filter(Boolean)
    .join('\n');
}

/** Returns the metadata of a connection without settings of its IdP, with the defaults of `saml`. */
export const firstMetadata = (
  addresses: Pick<Described, 'spEntityId' | 'acsUrl' | 'sloUrl'>,
  certificate: string,
): string => describe({ ...addresses, nameIdFormat: null, signRequests: true, certificate });

const bodyOf = (pem: string): string => pem.replace(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
