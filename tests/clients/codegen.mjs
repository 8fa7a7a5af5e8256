// GraphQL Code Generator with its client preset, over the schema that the gateway publishes.
export default {
  schema: "../../schema.graphql",
  importExtension: ".js",
  documents: "typed/*.graphql",
  generates: {
    "build/gql/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256", mode: "embedHashInDocument" },
      },
      config: {
        documentMode: "string",
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: {
          Date: "string",
          DateOrDateTime: "string",
          DateTime: "string",
          JSON: "unknown",
          MinorUnits: "number",
          MinutesTotal: "number",
        },
        strictScalars: true,
      },
    },
  },
};
