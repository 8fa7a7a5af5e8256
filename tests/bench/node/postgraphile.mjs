// PostGraphile 5 as its documentation sets it up, on its own server, Grafserv.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { isKnown } from './callers.mjs'

const handle = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.BENCH_STORE, schemas: ['public'], pubsub: false })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
}).createServ(grafserv).createHandler()
const server = createServer((request, response) => {
  if (isKnown(request.headers.authorization)) return handle(request, response)
  response.writeHead(401).end('{"errors": [{"message": "Who are you?"}]}')
})
server.listen(Number(process.env.PORT), '127.0.0.1')
