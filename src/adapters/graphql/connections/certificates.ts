import { X509Certificate } from 'node:crypto';
import { Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { SamlFacet } from '../../../directory/connections/facets.js';

@ObjectType('Certificate', { simpleResolvers: true, description: 'X.509 certificate with which the IdP signs.' })
export class Certificate {
  @Field(() => String, { description: 'Certificate in PEM, as `SamlInput.certificates` accepts it.' })
  pem: string;
  @Field(() => String, { description: 'Subject of the certificate, such as `CN=idp.example.com`.' })
  subject: string;
  @Field(() => String, { description: 'SHA-256 fingerprint: hexadecimal bytes, separated by colons.' })
  sha256: string;
  @Field(() => Date, { description: 'Start of the validity period.' })
  notBefore: Date;
  @Field(() => Date, { description: 'End of the validity period.' })
  notAfter: Date;
}

@Resolver(() => SamlFacet)
export class CertificateResolver {
  @FieldResolver(() => [Certificate], {
    description: 'Certificates of the IdP with their validity periods. Several are valid while one is being rotated.',
  })
  idpCertificates(@Root() { certificates }: SamlFacet): Certificate[] {
    return certificates.map((pem) => {
      const { subject, fingerprint256: sha256, validFrom, validTo } = new X509Certificate(pem);
      return { pem, subject, sha256, notBefore: new Date(validFrom), notAfter: new Date(validTo) };
    });
  }
}
