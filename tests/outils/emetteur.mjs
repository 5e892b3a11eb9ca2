// An OIDC issuer of its own process: tokens of its clients, for one resource, in the form the environment asks for.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.TOOLS}/package.json`);
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
const { PORT, JWKS, ALG, AUDIENCE, SECRET, SCOPES } = process.env;

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  jwks: JSON.parse(JWKS),
  clients: [{
    client_id: 'portail',
    client_secret: SECRET,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: ALG,
  }],
  scopes: SCOPES.split(' '),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: SCOPES,
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: ALG } },
      }),
    },
  },
});
provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
