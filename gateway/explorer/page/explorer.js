// The explorer: asks for a token, keeps it for this tab's session, and opens GraphiQL with it.
"use strict";

const KEPT_TOKEN = "time-entries.token";
const ENDPOINT = location.pathname;
const WHO_AND_WHAT = `query WhoAndWhat {
  viewer { role person { resourceId name } organization { resourceId name } }
  timeEntries(orderBy: [{ field: DATE, direction: DESC }], first: 1) {
    nodes { id date person { resourceId } service { resourceId } }
  }
}`;
const REFUSED = "The gateway did not accept this token: it is wrong, or was taken back. Please give another one.";
const SILENT = "The gateway did not answer. Is it still running? Please try again.";
const UNLOADED = "The explorer's files could not be loaded. Please load the page again.";
const SMALL_SCREEN = matchMedia("(max-width: 760px)"); // as in explorer.css

const element = (id) => document.getElementById(id);
let mounted = null;

/** Take the token out of the address (#token=...), where neither history nor a passer-by shall find it. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem(KEPT_TOKEN, token.trim());
  return true;
}

/** fetch with the token of this tab. A refused one is forgotten, and another asked for. */
async function fetchWithToken(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${sessionStorage.getItem(KEPT_TOKEN) ?? ""}`);
  const response = await fetch(address, { ...options, headers, credentials: "omit" });
  if (response.status === 401) signOut(REFUSED);
  return response;
}

function signOut(problem = "") {
  sessionStorage.removeItem(KEPT_TOKEN);
  askForToken(problem);
}

function askForToken(problem) {
  mounted?.unmount();
  mounted = null;
  element("explorer").hidden = true;
  element("sign-out").hidden = true;
  element("organization").textContent = "";
  element("viewer").textContent = "";
  element("role").textContent = "";
  element("sign-in").hidden = false;
  element("problem").textContent = problem;
  element("token").value = "";
  element("token").focus();
}

/** Open GraphiQL with the token of this tab; say so where that cannot be. */
async function open() {
  if (!window.GraphiQL || !window.GraphiQLPluginExplorer) return askForToken(UNLOADED);
  if (!sessionStorage.getItem(KEPT_TOKEN)) return askForToken("");
  let response, answer;
  try {
    response = await fetchWithToken(ENDPOINT, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ query: WHO_AND_WHAT }),
    });
    if (response.status === 401) return;
    answer = await response.json();
  } catch {
    return askForToken(SILENT);
  }
  if (!answer.data?.viewer) {
    return askForToken(answer.errors?.[0]?.message ?? `The gateway answered with status ${response.status}.`);
  }
  show(answer.data.viewer, answer.data.timeEntries?.nodes[0] ?? null);
}

function show(viewer, latest) {
  const role = viewer.role[0] + viewer.role.slice(1).toLowerCase();
  const isAdmin = viewer.role === "ADMIN";
  element("organization").textContent = viewer.organization.name;
  element("viewer").textContent = viewer.person.name;
  element("role").textContent = role;
  element("sign-in").hidden = true;
  element("sign-out").hidden = false;
  element("explorer").hidden = false;
  const examples = examplesFor(viewer, latest);
  const linked = takeOperationFromAddress();
  const tabs = linked ? [linked, ...examples] : examples;
  const plugins = [GraphiQLPluginExplorer.explorerPlugin(), examplesPlugin(examples)];
  mounted?.unmount();
  mounted = ReactDOM.createRoot(element("explorer"));
  mounted.render(
    h(
      GraphiQL,
      {
        fetcher: fetcherOf(ENDPOINT, fetchWithToken),
        storage: storageOf(viewer, tabs[0]),
        plugins: isAdmin ? [...plugins, planPlugin()] : plugins,
        defaultTabs: tabs.map(({ query, variables }) => ({ query, variables })),
        ...(linked && { query: linked.query, variables: linked.variables }),
        defaultQuery: "",
        defaultEditorToolsVisibility: SMALL_SCREEN.matches ? false : "variables",
        isHeadersEditorEnabled: false,
        shouldPersistHeaders: false,
        schemaDescription: true,
        inputValueDeprecation: true,
      },
      h(GraphiQL.Logo, null, " "),
      h(GraphiQL.Toolbar, null, (standard) =>
        h(Tools, { standard, isAdmin, explain: (request) => explain(request, ENDPOINT, fetchWithToken) }),
      ),
      h(GraphiQL.Footer, null, h(Nothing)),
    ),
  );
}

/** The operation of a link (?query=...&variables=...); it opens in a tab of its own, and waits to be run. */
function takeOperationFromAddress() {
  const asked = new URLSearchParams(location.search);
  const query = asked.get("query");
  if (query === null) return null;
  history.replaceState(null, "", location.pathname + location.hash);
  let variables = asked.get("variables") ?? "";
  try {
    variables = JSON.stringify(JSON.parse(variables), null, 2);
  } catch {
    // shown as it came
  }
  return { query, variables };
}

/** Tabs and history belong to a person: another one on this machine starts with the examples. */
function storageOf(viewer, first) {
  const storage = GraphiQL.createLocalStorage({
    namespace: `time-entries:${viewer.organization.resourceId}:${viewer.person.resourceId}`,
  });
  if (storage.getItem("graphiql:tabState") === null) {
    // GraphiQL fills its editors from here before it looks at the tabs, and would open the first one without variables.
    storage.setItem("graphiql:query", first.query);
    storage.setItem("graphiql:variables", first.variables);
  }
  return storage;
}

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = element("token").value.trim();
  if (!token) return;
  sessionStorage.setItem(KEPT_TOKEN, token);
  element("problem").textContent = "";
  open();
});
element("sign-out").addEventListener("click", () => signOut());
window.addEventListener("hashchange", () => {
  if (takeTokenFromAddress()) open();
});
takeTokenFromAddress();
open();
