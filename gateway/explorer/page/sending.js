// What the explorer sends: queries and mutations by POST, subscriptions as server-sent events; and what answers cost.
"use strict";

/** The last answer's time and cost, and the plan of an operation, for whoever shows them. */
const told = {
  state: { milliseconds: null, cost: null, plan: null, note: "" },
  listeners: new Set(),
  tell(news) {
    this.state = { ...this.state, ...news };
    for (const listener of this.listeners) listener();
  },
};

const useTold = () =>
  React.useSyncExternalStore(
    (listener) => {
      told.listeners.add(listener);
      return () => told.listeners.delete(listener);
    },
    () => told.state,
  );

const OF_GRAPHIQL = "IntrospectionQuery"; // which nobody ran
const PAUSE = 1000; // milliseconds before a stream that was cut is taken up again

/** A fetcher for GraphiQL; `send` is fetch with the token. */
function fetcherOf(address, send) {
  const post = (request, accept, options = {}) =>
    send(address, {
      ...options,
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: accept, ...options.headers },
      body: JSON.stringify(request),
    });

  const ask = async (request) => {
    const begun = performance.now();
    const answer = await answerOf(post(request, "application/graphql-response+json, application/json;q=0.9"));
    if (request.operationName !== OF_GRAPHIQL) {
      told.tell({ milliseconds: performance.now() - begun, cost: answer.extensions?.cost ?? null });
    }
    return answer;
  };

  return (given) => {
    const request = withItsOwnName(given);
    return kindOf(request) === "subscription" ? subscribe(request, post) : ask(request);
  };
}

/** The answer that was sent for, or an error that says why there is none. */
async function answerOf(sent) {
  const failed = (message) => ({ errors: [{ message }] });
  let response;
  try {
    response = await sent;
  } catch {
    return failed(SILENT);
  }
  return response.json().catch(() => failed(`Status ${response.status}, with an answer that is not GraphQL's.`));
}

/** GraphiQL learns an operation's name a moment late: run at once after a change of tab, it would send the last one's. */
function withItsOwnName(request) {
  const names = operationsOf(request.query).map(({ name }) => name?.value);
  return names.length === 0 || names.includes(request.operationName) ? request : { ...request, operationName: names[0] };
}

function operationsOf(query) {
  try {
    return GraphiQL.GraphQL.parse(query).definitions.filter(({ kind }) => kind === "OperationDefinition");
  } catch {
    return []; // the gateway says best what is wrong with it
  }
}

function kindOf({ query, operationName }) {
  const operations = operationsOf(query);
  return (operations.find(({ name }) => name?.value === operationName) ?? operations[0])?.operation;
}

/** The events of a subscription. One that is cut goes on where it was; it ends when the gateway says so, or GraphiQL. */
function subscribe(request, post) {
  const ending = new AbortController();

  async function* events() {
    let last = null;
    told.tell({ milliseconds: null, cost: null });
    while (!ending.signal.aborted) {
      try {
        const headers = last === null ? {} : { "Last-Event-ID": last };
        const response = await post(request, "text/event-stream", { signal: ending.signal, headers });
        if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
          yield await answerOf(response);
          return;
        }
        for await (const { id, event, data } of blocksOf(response.body)) {
          if (id) last = id;
          if (event === "complete") return;
          if (event === "next") yield JSON.parse(data);
        }
      } catch (error) {
        if (ending.signal.aborted) return;
        told.tell({ note: `The stream was cut (${error.message}); it goes on as soon as the gateway answers.` });
      }
      await new Promise((resume) => setTimeout(resume, PAUSE));
    }
  }

  const running = events();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => running.next(),
      return: async () => {
        ending.abort();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The blocks of server-sent events, each an object of its fields. */
async function* blocksOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n").map((line) => /^([a-z]+): ?(.*)$/.exec(line));
      yield Object.fromEntries(lines.filter(Boolean).map(([, name, content]) => [name, content]));
    }
  }
}
