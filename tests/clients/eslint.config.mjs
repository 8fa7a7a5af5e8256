// graphql-eslint: the recommended rules and Relay's for the schema, the recommended ones for the typed client's
// operations. Run from the root, where the schema is.

import graphql from "@graphql-eslint/eslint-plugin";

const language = {
  plugins: { "@graphql-eslint": graphql },
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: "schema.graphql", documents: "tests/clients/typed/*.graphql" } },
  },
};
const { "flat/schema-recommended": schema, "flat/schema-relay": relay, "flat/operations-recommended": operations } = graphql.configs;

const chosen = {
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }], // pickers and groups are paged forward alone
  "@graphql-eslint/relay-edge-types": [
    "error",
    // `nodes` beside `edges` saves clients a level; a change of the log is no record.
    { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
  ],
  "@graphql-eslint/require-description": ["error", { types: true, rootField: true }], // @oneOf is GraphQL's own
  "@graphql-eslint/strict-id-in-types": "off", // what is no record, such as a payload or a page, has no id
};

export default [
  { files: ["schema.graphql"], ...language, rules: { ...schema.rules, ...relay.rules, ...chosen } },
  { files: ["tests/clients/typed/*.graphql"], ...language, rules: operations.rules },
];
