import { type Command, Option } from 'commander';
import { CreateConnectionDocument, type Provider, RotateScimTokenDocument } from '../../client/index.js';
import { providers } from '../../identity-providers/profiles/index.js';
import { type ApiOptions, clientOf, overApi, print, said } from '../api.js';

interface Create extends ApiOptions {
  organization: string;
  name: string;
  provider: Provider;
  scim?: boolean;
  metadataUrl?: string;
  issuer?: string;
  clientId?: string;
  clientSecret?: string;
}

/** Adds `rollcall connections create` and `rollcall connections rotate-token`. */
export function connections(program: Command): void {
  const group = program
    .command('connections')
    .description('Manage connections between organizations and their identity providers.');
  overApi(group.command('create'))
    .description('Create a connection to an identity provider for provisioning, sign-in or both.')
    .requiredOption('--organization <id>', 'id of the organization')
    .requiredOption('--name <name>', 'name of the connection')
    .addOption(
      new Option('--provider <name>', 'provider of the connection')
        .choices(Object.keys(providers))
        .makeOptionMandatory(),
    )
    .option('--scim', 'enable SCIM and print its token, which is not shown again')
    .option('--metadata-url <url>', "SAML: URL of the IdP's metadata")
    .option('--issuer <url>', 'OpenID Connect: issuer')
    .option('--client-id <id>', 'OpenID Connect: client id at the IdP')
    .option('--client-secret <secret>', 'OpenID Connect: client secret at the IdP')
    .addHelpText(
      'after',
      '\nExamples:\n  rollcall connections create --organization org_... --name Okta --provider OKTA --scim\n' +
        '  rollcall connections create --organization org_... --name Entra --provider ENTRA --scim --metadata-url https://...',
    )
    .action(said(create));
  overApi(group.command('rotate-token <connection>'))
    .description(
      'Create a SCIM token and print it. It is not shown again. Previous tokens remain valid for --overlap-seconds.',
    )
    .option('--overlap-seconds <n>', 'seconds for which previous tokens remain valid (default: one day)', Number)
    .addHelpText('after', '\nExample:\n  rollcall connections rotate-token conn_... --overlap-seconds 3600')
    .action(said(rotate));
}

async function create(options: Create): Promise<void> {
  const { organization: organizationId, name, provider, scim = false, metadataUrl, issuer } = options;
  const { clientId = '', clientSecret } = options;
  const input = {
    organizationId,
    name,
    provider,
    scim,
    ...(metadataUrl && { saml: { metadataUrl } }),
    ...(issuer && { oidc: { issuer, clientId, clientSecret } }),
  };
  const { createConnection } = await (await clientOf(options)).request(CreateConnectionDocument, { input });
  const { connection, secret: scimToken } = createConnection;
  print(
    {
      id: connection.id,
      state: connection.state,
      scimBaseUrl: connection.scim?.baseUrl,
      scimToken,
      redirectUri: connection.oidc?.redirectUri,
      acsUrl: connection.saml?.acsUrl,
      spEntityId: connection.saml?.spEntityId,
    },
    options,
  );
}

async function rotate(connectionId: string, options: ApiOptions & { overlapSeconds?: number }): Promise<void> {
  const variables = { connectionId, overlapSeconds: options.overlapSeconds ?? null };
  const { rotateScimToken } = await (await clientOf(options)).request(RotateScimTokenDocument, variables);
  print({ token: rotateScimToken.secret, expiresAt: rotateScimToken.expiresAt }, options);
}
