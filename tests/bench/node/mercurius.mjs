// Mercurius with its JIT compiler: with its loaders, or (BENCH_JOIN=1) over one hand-written JOIN.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { isKnown } from './callers.mjs'
import { typeDefs } from './schema.mjs'
import { companies, deals, isJoined, people, resolvers, services } from './store.mjs'

const app = Fastify()
app.addHook('onRequest', async (request, reply) => {
  if (!isKnown(request.headers.authorization)) return reply.code(401).send({ errors: [{ message: 'Who are you?' }] })
})
const by = (load, key) => async (queries) => load(queries.map(({ obj }) => obj[key]))
const loaders = {
  TimeEntry: {
    person: by(people, 'person_id'),
    service: by(services, 'service_id'),
    deal: by(deals, 'deal_id'),
    company: by(companies, 'company_id'),
  },
  TimeEntryGroup: { person: by(people, 'person_id') },
}
app.register(mercurius, { schema: typeDefs, resolvers, ...(isJoined ? {} : { loaders }), jit: 1, graphiql: false })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
