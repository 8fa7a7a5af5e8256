// Explain: what an operation reads of which table, and the statements behind it, as a tree to read.
"use strict";

/** Run an operation with its plan, for the panel to draw. */
async function explain(request, address, send) {
  told.tell({ plan: "asking" });
  try {
    const begun = performance.now();
    const response = await send(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json" },
      body: JSON.stringify({ ...request, extensions: { plan: true } }),
    });
    const { errors, extensions } = await response.json();
    told.tell({
      milliseconds: performance.now() - begun,
      cost: extensions?.cost ?? null,
      plan: extensions?.plan ?? { problem: errors?.[0]?.message ?? "There is no plan of this operation." },
    });
  } catch (error) {
    told.tell({ plan: { problem: `The gateway did not answer: ${error.message}` } });
  }
}

/** A field, what it reads, and the fields below it. */
const PlannedField = ({ field, reads, selection }) =>
  selection?.length
    ? h(
        "li",
        null,
        h("details", { open: true }, h("summary", null, h("code", null, field), reads && h("span", null, reads)), h("ul", null, selection.map((below, place) => h(PlannedField, { key: place, ...below })))),
      )
    : h("li", null, h("code", null, field), reads && h("span", null, reads));

/** A statement: how many rows and how long, its text and values, and the database's plan, indented as it nests. */
function Statement({ place, statement }) {
  const { sql, parameters, rows, milliseconds, plan } = statement;
  return h(
    "details",
    { className: "statement", open: place === 1 },
    h("summary", null, `Statement ${place}`, h("span", null, `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} · ${milliseconds} ms`)),
    h("ol", { className: "steps" }, plan.map((line, step) => h(Step, { key: step, line }))),
    h("pre", null, sql.replaceAll(/ (?=(FROM|WHERE|GROUP BY|ORDER BY|LEFT OUTER JOIN|JOIN|LIMIT)\b)/g, "\n")),
    parameters.length > 0 &&
      h(
        "dl",
        null,
        parameters.map(({ name, value }, each) => h("div", { key: each }, h("dt", null, name), h("dd", null, JSON.stringify(value)))),
      ),
  );
}

function Step({ line }) {
  const text = line.trimStart();
  const depth = Math.min(Math.floor((line.length - text.length) / 2), 8);
  const reading = /^(SEARCH|SCAN|USE TEMP B-TREE|Index Only Scan|Index Scan|Seq Scan|Bitmap \w+ Scan|Sort)/.exec(text)?.[0];
  const isSlow = /^(SCAN [a-z_]+$|Seq Scan)/.test(text);
  return h("li", { className: `depth-${depth} ${isSlow ? "walks" : ""}` }, reading ? [h("b", { key: "how" }, reading), text.slice(reading.length)] : text);
}

function planPlugin() {
  function Plan() {
    const { plan } = useTold();
    const body = () => {
      if (plan === null) return h("p", null, "The Explain button beside the editor runs the operation and draws here what it reads, with the SQL behind it.");
      if (plan === "asking") return h("p", null, "Asking …");
      if (plan.problem) return h("p", { className: "problem" }, plan.problem);
      return h(
        React.Fragment,
        null,
        h("h3", null, "What is read"),
        h("ul", { className: "tree" }, plan.selection.map((field, place) => h(PlannedField, { key: place, ...field }))),
        h("h3", null, `${plan.statements.length} ${plan.statements.length === 1 ? "statement" : "statements"}`),
        plan.statements.map((statement, place) => h(Statement, { key: place, place: place + 1, statement })),
      );
    };
    return h("section", { className: "plan", "aria-label": "Plan" }, h("h2", null, "Plan"), body());
  }
  return { title: "Plan", icon: ICONS.explain, content: Plan };
}
