// An OpenID Connect issuer with the library oidc-provider: node server.mjs <port> <callback address> <sign-out address>
//
// Nobody types a password: the account that POST /control names as `who` is signed in. `people` are the accounts, by their id.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port, callback, signOut] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const state = { who: "", amr: ["pwd"], people: {}, requests: 0 };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "parlor",
      client_secret: "the secret of the client",
      redirect_uris: [callback],
      grant_types: ["authorization_code", "refresh_token"],
      backchannel_logout_uri: signOut,
      backchannel_logout_session_required: true,
    },
  ],
  claims: {
    openid: ["sub", "amr"],
    profile: ["name", "preferred_username", "groups"],
    email: ["email", "email_verified"],
    sid: null,
  },
  conformIdTokenClaims: false,
  cookies: { keys: ["not a secret"] },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  // Its own fetch refuses addresses of this machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (ctx, id) => {
    const person = state.people[id];
    return person && !person.disabled ? { accountId: id, claims: () => ({ sub: id, ...person }) } : undefined;
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email offline_access");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 86400, IdToken: 600, Interaction: 600, RefreshToken: 86400, Session: 86400 },
});
provider.on("server_error", (ctx, error) => console.error(error));

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || "{}");
}

async function control(request) {
  const wish = await body(request);
  const { logout, ...changes } = wish;
  Object.assign(state, changes);
  if (logout) {
    const client = await provider.Client.find("parlor");
    await client.backchannelLogout(logout.sub, logout.sid);
  }
  return { requests: state.requests };
}

const answer = provider.callback();
createServer(async (request, response) => {
  try {
    if (request.url === "/control") {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(await control(request)));
    } else if (request.url.startsWith("/interaction/")) {
      const login = { accountId: state.who, amr: state.amr };
      await provider.interactionFinished(request, response, { login, consent: {} }, { mergeWithLastSubmission: false });
    } else {
      state.requests += request.url.startsWith("/token");
      answer(request, response);
    }
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error?.error_description ?? error));
  }
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
