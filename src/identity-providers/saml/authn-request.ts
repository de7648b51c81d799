import { SAML, type SamlConfig } from '@node-saml/node-saml';
import { signAuthnRequestPost } from '@node-saml/node-saml/lib/saml-post-signing.js';
import { escaped } from './xml-text.js';

const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** The library's SAML client, extended by requests that name the user (SAML Core section 3.4.1, `Subject`). */
export class SubjectSaml extends SAML {
  constructor(
    options: SamlConfig,
    readonly subject: string | null,
  ) {
    super(options);
  }

  protected override async generateAuthorizeRequestAsync(isPassive: boolean, isPost: boolean): Promise<string> {
    if (this.subject === null) return super.generateAuthorizeRequestAsync(isPassive, isPost);
    // With the redirect binding the signature is in the query. With the POST binding it covers the subject, so sign
    // last.
    const unsigned = await super.generateAuthorizeRequestAsync(isPassive, false);
    const name = `<saml:NameID>${escaped(this.subject)}</saml:NameID>`;
    const subject = `<saml:Subject xmlns:saml="${assertionNamespace}">${name}</saml:Subject>`;
    const request = unsigned.replace('<samlp:NameIDPolicy', (policy) => subject + policy);
    const { privateKey } = this.options;
    return isPost && privateKey ? signAuthnRequestPost(request, { ...this.options, privateKey }) : request;
  }
}
