// The explorer: asks for a token, keeps it for this tab's session, and opens GraphiQL with it.
"use strict";

const KEPT_TOKEN = "time-entries.token";
const ENDPOINT = location.pathname;
const WHO_AND_WHAT = `query WhoAndWhat {
  viewer { role person { resourceId name } organization { resourceId name } }
  timeEntries(orderBy: [{ field: DATE, direction: DESC }], first: 1) { nodes { date person { resourceId } } }
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
  element("organization").textContent = viewer.organization.name;
  element("viewer").textContent = viewer.person.name;
  element("role").textContent = role;
  element("sign-in").hidden = true;
  element("sign-out").hidden = false;
  element("explorer").hidden = false;
  const examples = examplesFor(viewer, latest);
  const send = GraphiQL.createFetcher({ url: ENDPOINT, fetch: fetchWithToken });
  mounted?.unmount();
  mounted = ReactDOM.createRoot(element("explorer"));
  mounted.render(
    React.createElement(
      GraphiQL,
      {
        fetcher: (request, options) => send(withItsOwnName(request), options),
        storage: storageOf(viewer, examples[0]),
        plugins: [GraphiQLPluginExplorer.explorerPlugin(), examplesPlugin(examples)],
        defaultTabs: examples.map(({ query, variables }) => ({ query, variables })),
        defaultQuery: "",
        defaultEditorToolsVisibility: SMALL_SCREEN.matches ? false : "variables",
        isHeadersEditorEnabled: false,
        shouldPersistHeaders: false,
        schemaDescription: true,
        inputValueDeprecation: true,
      },
      React.createElement(GraphiQL.Logo, null, " "),
    ),
  );
}

/** GraphiQL learns an operation's name a moment late: run at once after a change of tab, it would send the last one's. */
function withItsOwnName(request) {
  try {
    const { definitions } = GraphiQL.GraphQL.parse(request.query);
    const names = definitions.filter(({ kind }) => kind === "OperationDefinition").map(({ name }) => name?.value);
    return names.includes(request.operationName) ? request : { ...request, operationName: names[0] };
  } catch {
    return request; // the gateway says best what is wrong with it
  }
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

/** A panel that opens an example in a tab of its own, or goes to the tab that holds it already. */
function examplesPlugin(examples) {
  function Examples() {
    const editor = GraphiQL.React.useEditorContext({ nonNull: true });
    const [wanted, want] = React.useState(null);
    const { tabs, activeTabIndex, queryEditor, variableEditor } = editor;
    React.useEffect(() => {
      if (wanted === null || tabs[activeTabIndex].query) return;
      queryEditor?.setValue(wanted.query);
      variableEditor?.setValue(wanted.variables);
      want(null);
    }, [wanted, tabs, activeTabIndex, queryEditor, variableEditor]);
    const choose = (example) => {
      const opened = tabs.findIndex((tab) => tab.query === example.query);
      if (opened >= 0) return editor.changeTab(opened);
      editor.addTab();
      want(example);
    };
    return React.createElement(
      "section",
      { className: "examples", "aria-label": "Examples" },
      React.createElement("h2", null, "Examples"),
      examples.map((example) =>
        React.createElement(
          "button",
          { key: example.name, type: "button", onClick: () => choose(example) },
          React.createElement("strong", null, example.name),
          React.createElement("span", null, example.about),
        ),
      ),
    );
  }
  const line = (d) => React.createElement("path", { d, stroke: "currentColor", strokeWidth: 1.5, strokeLinecap: "round" });
  const Icon = () =>
    React.createElement("svg", { viewBox: "0 0 20 20", fill: "none", "aria-hidden": true }, line("M3 5h14"), line("M3 10h14"), line("M3 15h8"));
  return { title: "Examples", icon: Icon, content: Examples };
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
