// graphql-yoga with DataLoader, on Node's own HTTP server.
import { createServer } from 'node:http'
import DataLoader from 'dataloader'
import { createSchema, createYoga } from 'graphql-yoga'
import { isKnown } from './callers.mjs'
import { typeDefs } from './schema.mjs'
import { companies, deals, people, resolvers, services } from './store.mjs'

const batch = (load) => new DataLoader(async (ids) => load(ids))
const related = (name, key) => (row, _, { loaders }) => (row[key] === null ? null : loaders[name].load(row[key]))
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      ...resolvers,
      TimeEntry: {
        ...resolvers.TimeEntry,
        person: related('people', 'person_id'),
        service: related('services', 'service_id'),
        deal: related('deals', 'deal_id'),
        company: related('companies', 'company_id'),
      },
      TimeEntryGroup: { ...resolvers.TimeEntryGroup, person: related('people', 'person_id') },
    },
  }),
  context: () => ({
    loaders: { people: batch(people), services: batch(services), deals: batch(deals), companies: batch(companies) },
  }),
  graphiql: false,
  landingPage: false,
  logging: false,
  maskedErrors: false,
})
const server = createServer((request, response) => {
  if (isKnown(request.headers.authorization)) return yoga(request, response)
  response.writeHead(401).end('{"errors": [{"message": "Who are you?"}]}')
})
server.listen(Number(process.env.PORT), '127.0.0.1')
