// An OIDC issuer of its own process: tokens of its clients, or of who signs in (any name, any password), for one
// resource, in the form the environment asks for. No default resource: who forgets to name it gets an opaque token.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.TOOLS}/package.json`);
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
const { URL, PORT, JWKS, ALG, AUDIENCE, SECRET, SCOPES, BACK, RESOURCE } = process.env;

const alone = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], token_endpoint_auth_method: 'client_secret_post' };
const asked = { grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: [BACK] };

const provider = new Provider(URL, {
  jwks: JSON.parse(JWKS),
  clients: [{
    client_id: 'portail',
    client_secret: SECRET,
    id_token_signed_response_alg: ALG,
    ...(BACK ? asked : alone),
  }],
  scopes: ['openid', ...SCOPES.split(' ')],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: Boolean(BACK) },
    clientCredentials: { enabled: !BACK },
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
