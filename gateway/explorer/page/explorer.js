// The explorer: opens GraphiQL with the token of this tab.
"use strict";

const WHO_AND_WHAT = `query WhoAndWhat {
  ${WHO}
  timeEntries(orderBy: [{ field: DATE, direction: DESC }], first: 1) {
    nodes { id date person { resourceId } service { resourceId } }
  }
}`;
const UNLOADED = "The explorer's files could not be loaded. Please load the page again.";
const SMALL_SCREEN = matchMedia("(max-width: 760px)"); // as in explorer.css

let mounted = null;

/** Open GraphiQL with the token of this tab; say so where that cannot be. */
async function open() {
  if (!window.GraphiQL || !window.GraphiQLPluginExplorer) return askForToken(UNLOADED);
  const found = await askAboutViewer(WHO_AND_WHAT);
  if (!found) return;
  element("to-mirror").hidden = found.mirror === null || found.viewer.role !== "ADMIN";
  show(found.viewer, found.timeEntries?.nodes[0] ?? null);
}

function unmount() {
  element("to-mirror").hidden = true;
  mounted?.unmount();
  mounted = null;
}

function show(viewer, latest) {
  const isAdmin = viewer.role === "ADMIN";
  welcome(viewer);
  const examples = examplesFor(viewer, latest);
  const linked = takeOperationFromAddress();
  const tabs = linked ? [linked, ...examples] : examples;
  const plugins = [GraphiQLPluginExplorer.explorerPlugin(), examplesPlugin(examples)];
  mounted?.unmount();
  mounted = ReactDOM.createRoot(element("content"));
  mounted.render(
    h(
      GraphiQL,
      {
        fetcher: fetcherOf(GRAPHQL, fetchWithToken),
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
        h(Tools, { standard, isAdmin, explain: (request) => explain(request, GRAPHQL, fetchWithToken) }),
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

beginSession(open, unmount);
