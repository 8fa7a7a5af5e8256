// What relay-compiler reads: a list in pages, a fragment that is fetched again by node, and writes that keep it true.

import relay from "react-relay";

const { graphql } = relay;

export const listQuery = graphql`
  query entriesListQuery($id: ID!, $count: Int!, $cursor: String) {
    person(id: $id) {
      id
      ...entriesOfPerson @arguments(count: $count, cursor: $cursor)
    }
  }
`;

export const entriesOfPerson = graphql`
  fragment entriesOfPerson on Person
  @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" })
  @refetchable(queryName: "entriesOfPersonPageQuery") {
    name
    timeEntries(
      filter: { status: { eq: UNAPPROVED }, time: { gt: 0 } }
      orderBy: [{ field: DATE, direction: DESC }]
      first: $count
      after: $cursor
    ) @connection(key: "entriesOfPerson_timeEntries", filters: []) {
      totalCount
      edges {
        node {
          id
          ...entriesOne
        }
      }
    }
  }
`;

export const entriesOne = graphql`
  fragment entriesOne on TimeEntry @refetchable(queryName: "entriesOneAgainQuery") {
    id
    date
    time
    note
    revision
    status
  }
`;

export const create = graphql`
  mutation entriesCreateMutation($input: TimeEntryCreateInput!, $connections: [ID!]!) {
    timeEntryCreate(input: $input) {
      timeEntry @prependNode(connections: $connections, edgeTypeName: "TimeEntryEdge") {
        id
        ...entriesOne
      }
      userErrors {
        message
      }
    }
  }
`;

export const update = graphql`
  mutation entriesUpdateMutation($id: ID!, $input: TimeEntryUpdateInput!) {
    timeEntryUpdate(id: $id, input: $input) {
      timeEntry {
        ...entriesOne
      }
    }
  }
`;

export const remove = graphql`
  mutation entriesDeleteMutation($id: ID!, $connections: [ID!]!) {
    timeEntryDelete(id: $id) {
      deletedId @deleteEdge(connections: $connections)
      userErrors {
        message
      }
    }
  }
`;

export const changed = graphql`
  subscription entriesChangedSubscription($since: ID) {
    timeEntryChanged(since: $since) {
      eventId
      timeEntry {
        ...entriesOne
      }
    }
  }
`;
