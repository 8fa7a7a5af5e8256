// The store as somebody who knows it would ask it from Node: prepared statements, one pass over the rows.
import Database from 'better-sqlite3'

const ORGANIZATION = 1
const PERSON = 1
const database = new Database(process.env.BENCH_STORE)
for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON', 'cache_size = -32000']) {
  database.pragma(pragma)
}
const statements = new Map()
const prepared = (sql) => {
  let statement = statements.get(sql)
  if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)))
  return statement
}

// Instants in the organization's zone; what the instants of a quarter of an hour share is remembered.
const zone = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Zagreb', timeZoneName: 'longOffset' })
const QUARTER = 900_000
const offsets = new Map()
const offsetOf = (quarter) => {
  let found = offsets.get(quarter)
  if (found === undefined) {
    const name = zone.formatToParts(quarter * QUARTER).find((part) => part.type === 'timeZoneName').value.slice(3) || '+00:00'
    const minutes = (name[0] === '-' ? -1 : 1) * (Number(name.slice(1, 3)) * 60 + Number(name.slice(4, 6)))
    offsets.set(quarter, (found = { name, milliseconds: minutes * 60_000 }))
  }
  return found
}
const lean = process.env.BENCH_LEAN === '1' // tables whose instants are the text that is answered, and no log
const written = (value) => {
  const offset = offsetOf(Math.floor(value / QUARTER))
  return new Date(value + offset.milliseconds).toISOString().slice(0, 23) + offset.name
}
export const instant = (value) => (value === null || lean ? value : written(value))
const stored = (value) => (lean ? written(value) : value)

const ENTRY = `t.id, t.date, t.created_at, t.time, t.billable_time, t.note, t.track_method_id, t.started_at, t.approved,
  t.approved_at, t.updated_at, t.invoicing_status_id, t.overhead, t.rejected, t.last_activity_at, t.submitted, t.currency,
  t.cost, t.cost_default, t.billing_type_id, t.revision, t.person_id, t.service_id, t.deal_id, t.company_id`
const JOINED = `${ENTRY}, p.first_name, p.last_name, s.name AS service_name, d.name AS deal_name,
  d.currency AS deal_currency, c.name AS company_name`
const FROM = 'time_entries t'
const JOINS = `time_entries t JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
  JOIN deals d ON d.id = t.deal_id LEFT JOIN companies c ON c.id = t.company_id`
const joined = process.env.BENCH_JOIN === '1'
const SELECT = joined ? `SELECT ${JOINED} FROM ${JOINS}` : `SELECT ${ENTRY} FROM ${FROM}`

const BILLING = ['', 'FIXED', 'ACTUALS', 'NON_BILLABLE']
const STATUS = { APPROVED: 1, UNAPPROVED: 2, REJECTED: 3 }
const OPERATORS = { eq: '=', gtEq: '>=', ltEq: '<=' }
const COLUMNS = {
  personId: ['t.person_id', Number],
  projectId: ['t.project_id', Number],
  time: ['t.time', Number],
  date: ['t.date', String],
  status: ['t.status_id', (word) => STATUS[word]],
  billingTypeId: ['t.billing_type_id', (word) => BILLING.indexOf(word)],
}

const condition = (filter, values) => {
  const parts = []
  for (const [name, asked] of Object.entries(filter)) {
    if (name === 'and') parts.push(...asked.map((part) => condition(part, values)))
    else if (name === 'or') parts.push(`(${asked.map((part) => condition(part, values)).join(' OR ')})`)
    else if (name === 'not') parts.push(`NOT ${condition(asked, values)}`)
    else {
      const [column, read] = COLUMNS[name]
      for (const [operation, operand] of Object.entries(asked)) {
        if (operation === 'in') {
          values.push(...operand.map(read))
          parts.push(`${column} IN (${operand.map(() => '?').join(', ')})`)
        } else {
          values.push(read(operand))
          parts.push(`${column} ${OPERATORS[operation]} ?`)
        }
      }
    }
  }
  return `(${parts.join(' AND ') || '1'})`
}

const number = (id) => Number(id.slice(id.indexOf(':') + 1))
const writeCursor = (row) => Buffer.from(JSON.stringify([row.date, row.id])).toString('base64url')
const readCursor = (text) => JSON.parse(Buffer.from(text, 'base64url'))

export const entry = (id) =>
  prepared(`${SELECT} WHERE t.id = ? AND t.organization_id = ?`).get(number(id), ORGANIZATION) ?? null

export const page = ({ filter, orderBy, first, after }) => {
  const values = [ORGANIZATION]
  let where = 't.organization_id = ?'
  if (filter) where += ` AND ${condition(filter, values)}`
  const matching = { where, values: [...values] }
  if (after) {
    const [date, id] = readCursor(after)
    where += ' AND t.date <= ? AND (t.date < ? OR t.id > ?)'
    values.push(date, date, id)
  }
  const order = orderBy?.length ? `t.date ${orderBy[0].direction}, t.id` : 't.id'
  let rows
  const fetch = () => (rows ??= prepared(`${SELECT} WHERE ${where} ORDER BY ${order} LIMIT ?`).all(...values, first + 1))
  return {
    matching,
    nodes: () => fetch().slice(0, first),
    pageInfo: () => {
      const shown = fetch().slice(0, first)
      return { hasNextPage: fetch().length > first, endCursor: shown.length ? writeCursor(shown.at(-1)) : null }
    },
    totalCount: () =>
      prepared(`SELECT count(*) AS n FROM ${FROM} WHERE ${matching.where}`).get(...matching.values).n,
    aggregate: () => sums(matching, null).get(null),
    groups: (first) => ({
      nodes: [...sums(matching, 't.person_id')].slice(0, first).map(([person_id, aggregate]) =>
        ({ person_id, aggregate, filter: { and: [filter, { personId: { eq: person_id } }] } })),
    }),
  }
}

export const projects = ({ first }) => ({
  nodes: prepared('SELECT id, name FROM projects WHERE organization_id = ? ORDER BY name_folded, id LIMIT ?').all(ORGANIZATION, first),
})

const rounded = (unrounded) => Math.floor(unrounded / 60_000 + 0.5)
const sums = ({ where, values }, key) => {
  const keys = key ? `${key} AS grouped, t.currency` : 'NULL AS grouped, t.currency'
  const sql = `SELECT ${keys}, count(*) AS count, sum(t.time) AS time, sum(t.billable_time) AS billable,
    sum(t.cost_unrounded) AS cost, sum(t.cost_default_unrounded) AS cost_default
    FROM ${FROM} WHERE ${where} GROUP BY 1, 2 ORDER BY 1, 2`
  const found = new Map()
  for (const row of prepared(sql).all(...values)) {
    let one = found.get(row.grouped)
    if (one === undefined) found.set(row.grouped, (one = { count: 0, time: 0, billableTime: 0, cost: [], unrounded: 0 }))
    one.count += row.count
    one.time += row.time
    one.billableTime += row.billable
    one.cost.push({ amount: rounded(row.cost), currency: row.currency })
    one.unrounded += row.cost_default
    one.costDefault = rounded(one.unrounded)
  }
  return found
}

const load = (table, columns) => (ids) => {
  const marks = ids.map(() => '?').join(', ')
  const rows = new Map(prepared(`SELECT id, ${columns} FROM ${table} WHERE id IN (${marks})`).all(...ids).map((row) => [row.id, row]))
  return ids.map((id) => (id === null ? null : rows.get(id) ?? null))
}
export const people = load('people', 'first_name, last_name')
export const services = load('services', 'name')
export const deals = load('deals', 'name, currency')
export const companies = load('companies', 'name')

const update = database.prepare(`UPDATE time_entries SET approved = 1, approved_at = ?, approver_id = ?, rejected = 0,
  rejected_at = NULL, rejected_reason = NULL, rejecter_id = NULL, updated_at = ?, last_actor_id = ?, revision = revision + 1
  WHERE id = ? AND organization_id = ? AND NOT approved RETURNING id, approved, revision`)
const counter = lean || database.prepare(
  'UPDATE change_counters SET last_id = last_id + ? WHERE organization_id = ? RETURNING last_id')
const log = lean || database.prepare(`INSERT INTO time_entry_changes
  (organization_id, id, time_entry_id, kind, actor_id, at, revision, before, after)
  VALUES (?, ?, ?, 'APPROVED', ?, ?, ?, '{"approved": false}', '{"approved": true}')`)
export const approve = database.transaction((ids) => {
  const now = Date.now()
  const [at, second] = [now, now - (now % 1000)].map(stored)
  const rows = ids.map((id) => update.get(second, PERSON, at, PERSON, number(id), ORGANIZATION))
  if (lean) return rows
  const last = counter.get(rows.length, ORGANIZATION).last_id - rows.length
  rows.forEach((row, place) => log.run(ORGANIZATION, last + place + 1, row.id, PERSON, now, row.revision))
  return rows
}).immediate

const named = (type) => ({ id: (row) => `${type}:${row.id}`, name: (row) => row.name })
const inJoin = {
  person: (row) => ({ id: row.person_id, first_name: row.first_name, last_name: row.last_name }),
  service: (row) => ({ id: row.service_id, name: row.service_name }),
  deal: (row) => ({ id: row.deal_id, name: row.deal_name, currency: row.deal_currency }),
  company: (row) => (row.company_id === null ? null : { id: row.company_id, name: row.company_name }),
}
export const resolvers = {
  Query: { timeEntry: (_, { id }) => entry(id), timeEntries: (_, asked) => page(asked), projects: (_, asked) => projects(asked) },
  Mutation: {
    timeEntryApprove: (_, { id }) => ({ timeEntry: approve([id])[0], userErrors: [] }),
    timeEntryBulkApprove: (_, { input }) => {
      const rows = approve(input.target.ids)
      const results = rows.map((row) => ({ timeEntryId: `TimeEntry:${row.id}`, outcome: 'APPLIED' }))
      return { results, appliedCount: rows.length, userErrors: [] }
    },
  },
  // The JIT compiler calls resolvers, not functions of the parent.
  TimeEntryConnection: Object.fromEntries(
    ['nodes', 'pageInfo', 'totalCount', 'aggregate', 'groups'].map((name) => [name, (found, asked) => found[name](asked.first)])),
  TimeEntry: {
    id: (row) => `TimeEntry:${row.id}`,
    createdAt: (row) => instant(row.created_at),
    billableTime: (row) => row.billable_time,
    trackMethodId: (row) => row.track_method_id,
    startedAt: (row) => instant(row.started_at),
    approved: (row) => row.approved === 1,
    approvedAt: (row) => instant(row.approved_at),
    updatedAt: (row) => instant(row.updated_at),
    invoiced: (row) => row.invoicing_status_id !== 1,
    overhead: (row) => row.overhead === 1,
    rejected: (row) => row.rejected === 1,
    lastActivityAt: (row) => instant(row.last_activity_at),
    submitted: (row) => row.submitted === 1,
    costDefault: (row) => row.cost_default,
    billingType: (row) => BILLING[row.billing_type_id],
    ...(joined ? inJoin : {}),
  },
  Person: { id: (row) => `Person:${row.id}`, name: (row) => `${row.first_name} ${row.last_name}` },
  // A page is of one parent: what loaders are written for is records by their ids.
  Project: { ...named('Project'), timeEntries: (row, asked) => page({ ...asked, filter: { projectId: { eq: row.id } } }) },
  Service: named('Service'),
  Deal: named('Deal'),
  Company: named('Company'),
  TimeEntryGroup: {
    timeEntries: ({ filter }, asked) => page({ ...asked, filter }),
    ...(joined ? { person: (group) => people([group.person_id])[0] } : {}),
  },
}
export const isJoined = joined
