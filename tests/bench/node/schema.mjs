// The part of the schema that the workloads ask for. Filters are as deep as these are: of an input type that holds itself
// graphql-jit makes code until the stack is full, 8 s of the processor, and then Mercurius runs each request uncompiled.
const CONDITIONS = `personId: IdFilter projectId: IdFilter time: IntFilter date: DateFilter status: StatusFilter
    billingTypeId: BillingTypeFilter`
export const typeDefs = /* GraphQL */ `
  type Query {
    timeEntry(id: ID!): TimeEntry
    timeEntries(filter: TimeEntryFilter, orderBy: [TimeEntryOrder!], first: Int = 30, after: String): TimeEntryConnection!
    projects(first: Int = 30): ProjectConnection!
  }
  type ProjectConnection { nodes: [Project!]! }
  type Project { id: ID! name: String! timeEntries(orderBy: [TimeEntryOrder!], first: Int = 30): TimeEntryConnection! }
  type Mutation {
    timeEntryApprove(id: ID!): TimeEntryPayload!
    timeEntryBulkApprove(input: TimeEntryBulkInput!): TimeEntryBulkPayload!
  }
  type TimeEntry {
    id: ID! date: String! createdAt: String! time: Int! billableTime: Int! note: String trackMethodId: Int!
    startedAt: String approved: Boolean! approvedAt: String updatedAt: String! invoiced: Boolean! overhead: Boolean!
    rejected: Boolean! lastActivityAt: String! submitted: Boolean! currency: String! cost: Float costDefault: Float
    billingType: BillingType! revision: Int! person: Person! service: Service! deal: Deal! company: Company
  }
  type Person { id: ID! name: String! }
  type Service { id: ID! name: String! }
  type Deal { id: ID! name: String! currency: String! }
  type Company { id: ID! name: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Money { amount: Float! currency: String! }
  type TimeEntryAggregate { count: Int! time: Float! billableTime: Float! cost: [Money!] costDefault: Float }
  type TimeEntryGroup {
    person: Person aggregate: TimeEntryAggregate!
    timeEntries(orderBy: [TimeEntryOrder!], first: Int = 30): TimeEntryConnection!
  }
  type TimeEntryGroups { nodes: [TimeEntryGroup!]! }
  type TimeEntryConnection {
    nodes: [TimeEntry!]! pageInfo: PageInfo! totalCount: Int! aggregate: TimeEntryAggregate!
    groups(by: [TimeEntryGroupKey!]!, first: Int = 100): TimeEntryGroups!
  }
  type UserError { message: String! }
  type TimeEntryPayload { timeEntry: TimeEntry userErrors: [UserError!]! }
  type TimeEntryBulkResult { timeEntryId: ID! outcome: String! }
  type TimeEntryBulkPayload { results: [TimeEntryBulkResult!]! appliedCount: Int! userErrors: [UserError!]! }
  enum BillingType { FIXED ACTUALS NON_BILLABLE }
  enum TimeEntryStatus { APPROVED UNAPPROVED REJECTED }
  enum TimeEntryGroupKey { PERSON }
  enum TimeEntryOrderField { DATE }
  enum OrderDirection { ASC DESC }
  input TimeEntryOrder { field: TimeEntryOrderField! direction: OrderDirection! = ASC }
  input IdFilter { eq: ID in: [ID!] }
  input IntFilter { eq: Int gtEq: Int }
  input DateFilter { gtEq: String ltEq: String }
  input StatusFilter { eq: TimeEntryStatus }
  input BillingTypeFilter { eq: BillingType }
  input TimeEntryFilter { and: [TimeEntryAlternatives!] ${CONDITIONS} }
  input TimeEntryAlternatives { or: [TimeEntryParts!] not: TimeEntryConditions ${CONDITIONS} }
  input TimeEntryParts { and: [TimeEntryKinds!] ${CONDITIONS} }
  input TimeEntryKinds { or: [TimeEntryConditions!] ${CONDITIONS} }
  input TimeEntryConditions { ${CONDITIONS} }
  input TimeEntryTarget { ids: [ID!] }
  input TimeEntryBulkInput { target: TimeEntryTarget! }
`
