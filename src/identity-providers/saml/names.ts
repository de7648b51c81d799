/** Namespaces and identifiers of SAML 2.0, XML signatures and XML encryption. */
export const samlp = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const saml = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const md = 'urn:oasis:names:tc:SAML:2.0:metadata';
export const ds = 'http://www.w3.org/2000/09/xmldsig#';
export const xenc = 'http://www.w3.org/2001/04/xmlenc#';

export const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
export const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';
export const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
export const unspecifiedFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
export const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
export const postBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
