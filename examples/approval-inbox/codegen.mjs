// Typed documents: every query of the page is checked against the gateway's schema when it is built.
export default {
  schema: "../../schema.graphql",
  documents: "src/*.graphql",
  importExtension: ".js",
  generates: {
    "build/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          Date: "string",
          DateOrDateTime: "string",
          DateTime: "string",
          JSON: "unknown",
          MinorUnits: "number",
          MinutesTotal: "number",
        },
      },
    },
  },
};
