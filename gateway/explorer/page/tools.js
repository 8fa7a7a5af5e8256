// What stands beside the editors: time and cost, Explain, links and curl commands, the examples, and an empty answer.
"use strict";

const h = React.createElement;
const NOTE_SECONDS = 2.5;

/** Open a panel by its button, for GraphiQL's own function chooses a panel and leaves it hidden. */
const openPanel = (title) => document.querySelector(`.graphiql-sidebar [aria-label="Show ${title}"]`)?.click();

const icon = (...paths) =>
  h(
    "svg",
    { className: "graphiql-toolbar-icon", viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinecap: "round", strokeLinejoin: "round", "aria-hidden": true },
    paths.map((d) => h("path", { key: d, d })),
  );
const ICONS = {
  explain: () => icon("M4 4h5v4H4z", "M11 12h5v4h-5z", "M6.5 8v6H11"),
  link: () => icon("M8.5 11.5l3-3", "M9 6l1.8-1.8a3.5 3.5 0 0 1 5 5L14 11", "M11 14l-1.8 1.8a3.5 3.5 0 0 1-5-5L6 9"),
  terminal: () => icon("M3 4h14v12H3z", "M6 8l2.5 2L6 12", "M10.5 12.5h3.5"),
  examples: () => icon("M3 5h14", "M3 10h14", "M3 15h8"),
};

/** The operation of the open tab as the editors have it. */
function useOperation() {
  const { queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  return () => {
    const text = variableEditor?.getValue().trim() ?? "";
    let variables;
    try {
      variables = text ? JSON.parse(text) : undefined;
    } catch {
      variables = undefined; // the editor marks it, and the gateway says what is missing
    }
    return withItsOwnName({ query: queryEditor?.getValue() ?? "", variables });
  };
}

async function copy(text, note) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard but the old one.
    const area = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  told.tell({ note });
}

/** An address that opens this operation; it holds no token, and whoever opens it gives their own. */
function linkTo({ query, variables }) {
  const asked = new URLSearchParams({ query });
  if (variables) asked.set("variables", JSON.stringify(variables));
  return `${location.origin}${location.pathname}?${asked}`;
}

/** The same request for a terminal; its token is the variable TOKEN. */
function curlOf(request) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const stream = kindOf(request) === "subscription" ? ` \\\n  -N -H 'Accept: text/event-stream'` : "";
  return `curl ${quoted(location.origin + location.pathname)} \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H 'Content-Type: application/json'${stream} \\\n  -d ${quoted(JSON.stringify(request))}`;
}

/** What the last answer took, right below the button that asked for it. */
function Took() {
  const { milliseconds, cost } = useTold();
  if (milliseconds === null) return null;
  const title = cost && `${cost.actual} points were paid; ${cost.requested} would have been the most, of ${cost.limit} that one operation may cost.`;
  return h(
    "output",
    { className: "took", title, "aria-label": "Time and cost of the last answer" },
    h("span", null, milliseconds < 9.95 ? milliseconds.toFixed(1) : Math.round(milliseconds), h("small", null, "ms")),
    cost && h("span", null, cost.actual.toLocaleString("en"), h("small", null, cost.actual === 1 ? "point" : "points")),
  );
}

/** Bring the chosen tab on the screen, where there are more than fit. */
function useTabOnScreen() {
  const { tabs, activeTabIndex } = GraphiQL.React.useEditorContext({ nonNull: true });
  React.useEffect(() => {
    document.querySelector(".graphiql-tab-active")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [tabs.length, activeTabIndex]);
}

function Tools({ standard, isAdmin, explain }) {
  const operation = useOperation();
  useTabOnScreen();
  const { ToolbarButton } = GraphiQL.React;
  return h(
    React.Fragment,
    null,
    h(Took),
    isAdmin &&
      h(
        ToolbarButton,
        {
          label: "Explain: run it, and show what it reads and why",
          onClick: async () => {
            openPanel("Plan");
            await explain(operation());
          },
        },
        ICONS.explain(),
      ),
    standard.prettify,
    standard.copy,
    h(
      ToolbarButton,
      { label: "Copy as curl", onClick: () => copy(curlOf(operation()), "Copied for a terminal, with $TOKEN in the token's place.") },
      ICONS.terminal(),
    ),
    h(
      ToolbarButton,
      { label: "Copy a link to this operation", onClick: () => copy(linkTo(operation()), "The link is copied. It holds no token.") },
      ICONS.link(),
    ),
    h(Note),
  );
}

/** A word about what was just done. */
function Note() {
  const { note } = useTold();
  React.useEffect(() => {
    if (!note) return;
    const timer = setTimeout(() => told.tell({ note: "" }), NOTE_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [note]);
  return h("div", { className: "note", role: "status" }, note);
}

/** In place of an answer, until there is one: what can be done here. */
function Nothing() {
  const { tabs, activeTabIndex } = GraphiQL.React.useEditorContext({ nonNull: true });
  const { isFetching } = GraphiQL.React.useExecutionContext({ nonNull: true });
  const tab = tabs[activeTabIndex];
  if (tab?.response || isFetching) return null;
  const key = (name) => h("kbd", null, name);
  return h(
    "div",
    { className: "nothing" },
    h("p", null, tab?.query?.trim() ? ["The answer comes here. ", key("Ctrl"), " ", key("Enter"), " runs the operation."] : "Begin with an example, or look for a field."),
    h(
      "p",
      null,
      h("button", { type: "button", onClick: () => openPanel("Examples") }, "Examples"),
      h("button", { type: "button", onClick: () => openPanel("Documentation Explorer") }, "Guide and docs"),
      h("button", { type: "button", onClick: () => openPanel("GraphiQL Explorer") }, "Fields to tick"),
    ),
    h("p", null, key("Ctrl"), " ", key("Space"), " completes what is typed."),
  );
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
    return h(
      "section",
      { className: "examples", "aria-label": "Examples" },
      h("h2", null, "Examples"),
      examples.map((example) =>
        h(
          "button",
          { key: example.name, type: "button", onClick: () => choose(example) },
          h("strong", null, example.name),
          h("span", null, example.about),
        ),
      ),
    );
  }
  return { title: "Examples", icon: ICONS.examples, content: Examples };
}
