// The examples: what they are called, what they ask, and which variables fit the store that is looked at.
"use strict";

/** The Monday and the Sunday of the week of an ISO date. */
function weekOf(date) {
  const day = new Date(`${date}T00:00:00Z`);
  const sinceMonday = (day.getUTCDay() + 6) % 7;
  const shifted = (days) => new Date(day.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  return { monday: shifted(-sinceMonday), sunday: shifted(6 - sinceMonday) };
}

const variables = (values) => JSON.stringify(values, null, 2);

/** `latest` is the newest entry that the viewer may see, or null: its person's week and its year hold something. */
function examplesFor(viewer, latest) {
  const date = latest?.date ?? new Date().toISOString().slice(0, 10);
  const { monday, sunday } = weekOf(date);
  const year = date.slice(0, 4);
  return [
    {
      name: "A week of one person",
      about: "Day by day, with service, project and totals.",
      query: `# A week of one person: entries and their sum
query WeekOfOnePerson(
  $person: ID!
  $monday: Date!
  $sunday: Date!
) {
  timeEntries(
    filter: {
      personId: { eq: $person }
      after: $monday
      before: $sunday
    }
    orderBy: [{ field: DATE }]
  ) {
    totalCount
    aggregate {
      time
      billableTime
    }
    nodes {
      date
      time
      note
      status
      person {
        name
      }
      service {
        name
      }
      project {
        name
      }
    }
  }
}
`,
      variables: variables({ person: (latest?.person ?? viewer.person).resourceId, monday, sunday }),
    },
    {
      name: "The approval inbox",
      about: "Undecided entries, newest first, and what you may do with each.",
      query: `# What nobody has decided on, newest first
query ApprovalInbox(
  $first: Int
  $after: String
) {
  timeEntries(
    filter: { status: { eq: UNAPPROVED } }
    orderBy: [{ field: DATE, direction: DESC }]
    first: $first
    after: $after
  ) {
    totalCount
    nodes {
      id
      date
      time
      note
      status
      person {
        name
      }
      deal {
        name
        responsible {
          name
        }
      }
      viewerCan {
        approve
        reject
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: variables({ first: 20 }),
    },
    {
      name: "Hours and cost by project and month",
      about: "Minutes and money of a year, per project and month.",
      query: `# Minutes, and money in whole minor units
query HoursAndCostByProjectAndMonth(
  $from: Date!
  $to: Date!
) {
  timeEntries(
    filter: { after: $from, before: $to }
    first: 0
  ) {
    aggregate {
      count
      time
      costDefault
    }
    groups(by: [PROJECT, MONTH], first: 200) {
      totalCount
      nodes {
        project {
          name
        }
        date
        aggregate {
          time
          billableTime
          cost {
            amount
            currency
          }
        }
      }
    }
  }
}
`,
      variables: variables({ from: `${year}-01-01`, to: `${year}-12-31` }),
    },
    {
      name: "Projects with their newest entries",
      about: "A walk: each project's own page and totals, one statement for all of them.",
      query: `# Each project has its own page and totals
query ProjectsWithTheirNewestEntries(
  $projects: Int
  $entries: Int
) {
  projects(first: $projects) {
    nodes {
      name
      company {
        name
      }
      timeEntries(
        first: $entries
        orderBy: [{ field: DATE, direction: DESC }]
      ) {
        totalCount
        aggregate {
          time
        }
        nodes {
          date
          time
          note
          person {
            name
          }
        }
        pageInfo {
          endCursor
        }
      }
    }
  }
}
`,
      variables: variables({ projects: 10, entries: 3 }),
    },
    {
      name: "The inbox by person",
      about: "Who has undecided entries, their hours, and the entries of each.",
      query: `# Groups with the entries that they add up
query InboxByPerson(
  $people: Int
  $entries: Int
) {
  timeEntries(filter: { status: { eq: UNAPPROVED } }) {
    groups(by: [PERSON], first: $people) {
      totalCount
      nodes {
        person {
          name
        }
        aggregate {
          count
          time
        }
        timeEntries(
          first: $entries
          orderBy: [{ field: DATE }]
        ) {
          nodes {
            id
            date
            time
            note
            viewerCan {
              approve
            }
          }
        }
      }
    }
  }
}
`,
      variables: variables({ people: 10, entries: 5 }),
    },
    {
      name: "Page back through a list",
      about: "The last entries first; then those before them, by startCursor.",
      query: `# The end of the list; put startCursor into before to go back
query PageBack(
  $last: Int
  $before: String
) {
  timeEntries(
    orderBy: [{ field: DATE }]
    last: $last
    before: $before
  ) {
    nodes {
      id
      date
      time
      person {
        name
      }
    }
    pageInfo {
      hasPreviousPage
      startCursor
    }
  }
}
`,
      variables: variables({ last: 5, before: null }),
    },
    {
      name: "The history of an entry",
      about: "Who changed what, newest first, with the values before and after.",
      query: `# Every change of an entry, newest first
query HistoryOfAnEntry($id: ID!) {
  timeEntry(id: $id) {
    date
    time
    note
    revision
    changes(first: 10) {
      nodes {
        kind
        at
        actor {
          name
        }
        fields {
          name
          before
          after
        }
      }
    }
  }
}
`,
      variables: variables({ id: latest?.id ?? "TimeEntry:1" }),
    },
    {
      name: "Track an hour",
      about: "A mutation: it makes an entry, or says in userErrors why not.",
      query: `# This writes. A retry with the same key makes no second entry.
mutation TrackAnHour($input: TimeEntryCreateInput!) {
  timeEntryCreate(input: $input) {
    timeEntry {
      id
      date
      time
      status
      cost
      currency
    }
    lastEventId
    userErrors {
      code
      message
      path
    }
  }
}
`,
      variables: variables({
        input: {
          date,
          personId: viewer.person.resourceId,
          serviceId: latest?.service.resourceId ?? "1",
          time: 60,
          note: "Tried in the explorer",
          idempotencyKey: `explorer-${date}`,
        },
      }),
    },
    {
      name: "Approve a week as a dry run",
      about: "What would be approved and what refused; nothing is written.",
      query: `# Set dryRun to false to approve
mutation ApproveAWeek($input: TimeEntryBulkInput!) {
  timeEntryBulkApprove(input: $input) {
    appliedCount
    unchangedCount
    failedCount
    results {
      timeEntryId
      outcome
      userErrors {
        code
        message
      }
    }
    userErrors {
      code
      message
    }
  }
}
`,
      variables: variables({
        input: {
          target: { filter: { after: monday, before: sunday, status: { eq: "UNAPPROVED" } } },
          errorPolicy: "BEST_EFFORT",
          atMost: 1000,
          dryRun: true,
        },
      }),
    },
    {
      name: "Watch entries change",
      about: "A subscription: run it, then track an hour in another tab.",
      query: `# Each change once and in order, from now on
subscription WatchEntries($since: ID) {
  timeEntryChanged(since: $since) {
    eventId
    kind
    at
    actor {
      name
    }
    timeEntry {
      id
      date
      time
      note
      status
    }
  }
}
`,
      variables: variables({ since: null }),
    },
  ];
}
