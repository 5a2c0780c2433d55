/** The help texts. */

export const overview: string = `perdure: durable orchestrations on Kafka

  perdure dev [APP]             an embedded worker for development: no broker needed
  perdure worker APP            a worker of a namespace on Kafka
  perdure topics create|check   the topics of a namespace
  perdure start NAME            start an orchestration
  perdure show ID               what is known of an instance
  perdure history ID            what happened to it
  perdure raise ID EVENT        send it an event
  perdure suspend|resume ID     let it rest, let it go on
  perdure cancel ID             ask it to end: it cleans up
  perdure terminate ID          end it now

  perdure COMMAND --help        what a command takes
  perdure --version

Exit codes: 0 done, 1 failed or refused, 2 wrong command line, 3 something outside is in the way,
4 time was up while waiting, 70 a fault of perdure.
`;

const connecting = `
Where to ask (first one given counts):
  --api URL                workers' HTTP API             [PERDURE_API, else http://127.0.0.1:8080]
  --brokers HOST:PORT,...  straight to Kafka             [PERDURE_BROKERS]
  --namespace NAME         which one there               [PERDURE_NAMESPACE]
  --json                   results and errors as JSON, for scripts
`;

const texts: Readonly<Record<string, string>> = {
  dev: `perdure dev [APP]: an embedded worker for development

Runs the sample orchestrations (helloSequence, backup, …) and whatever definitions the module APP exports.
Everything is kept in the directory and goes on after a restart. Ctrl-C stops it; twice, at once.

  --port N     port of the HTTP API     [8080]
  --dir PATH   where everything is kept [./.perdure]

  perdure dev
  perdure start helloSequence --wait
`,
  worker: `perdure worker APP: a worker of a namespace on Kafka

Runs the definitions that the module APP exports. Start as many as you like, on as many machines.

  --brokers HOST:PORT,...  [PERDURE_BROKERS]
  --namespace NAME         [PERDURE_NAMESPACE]
  --port N                 port of the HTTP API              [any free one]
  --host NAME              address it listens on and is found at by the others [127.0.0.1]
  --dir PATH               state cache, one directory a worker; safe to delete  [.perdure/NAMESPACE/cache]
`,
  topics: `perdure topics create|check: the topics of a namespace

create makes what is missing and never changes what is there; check compares. Both list what differs.

  --brokers HOST:PORT,...  [PERDURE_BROKERS]
  --namespace NAME         [PERDURE_NAMESPACE]
  --partitions N           create: of commands and history, fixed for life     [24]
  --replication N          create: copies of each                              [3, or as many as there are brokers]
  --json
`,
  start: `perdure start NAME: start an orchestration

  --input JSON      its input; text needs its quotes: --input '"Tokyo"'   [no value]
  --id ID           1-256 bytes, not starting with @                      [random]
  --on-conflict X   what to do when the id is in use:                     [error]
                      error                 refuse
                      useExisting           take the one that is there
                      replaceTerminal       start anew if it has ended
                      terminateAndReplace   end it first if it has not
  --start-at TIME   not before: 2030-01-31T12:00:00Z, or from now: 30s, 2h [now]
  --tag KEY=VALUE   may be given up to 32 times
  --version V       of the orchestration                                  [none]
  --command-id ID   repeating a start under the same one is safe          [random]
  --wait            wait for its end and print its output
  --timeout TIME    how long to wait: 30s, 5m, 2h                         [60s]
${connecting}`,
  show: `perdure show ID: what is known of an instance
${connecting}`,
  history: `perdure history ID: what happened to an instance, an event a line

Events of its newest execution: each continue-as-new begins a new history.
${connecting}`,
  raise: `perdure raise ID EVENT: send an instance an event

It waits there until the orchestration reads it, suspended or not. An instance that has ended ignores it.

  --data JSON       what comes with it; text needs its quotes: --data '"yes"' [no value]
  --event-id ID     a second event of this id changes nothing                [random]
  --command-id ID   repeating the command under the same one is safe         [random]
${connecting}`,
  suspend: `perdure suspend ID: let an instance rest

It runs no turn until \`perdure resume\`; results, events and due timers are kept for it. Running activities finish.

  --reason TEXT     for whoever reads its history, up to 1,024 bytes         [none]
  --command-id ID   repeating the command under the same one is safe         [random]
${connecting}`,
  resume: `perdure resume ID: let a suspended instance go on

  --reason TEXT     for whoever reads its history, up to 1,024 bytes         [none]
  --command-id ID   repeating the command under the same one is safe         [random]
${connecting}`,
  terminate: `perdure terminate ID: end an instance now

Nothing of it runs any more, no clean-up either (see \`perdure cancel\`); its sub-orchestrations end too.

  --output JSON     what its state shows as output                           [no value]
  --no-recursive    leave its sub-orchestrations running
  --reason TEXT     for whoever reads its history, up to 1,024 bytes         [none]
  --command-id ID   repeating the command under the same one is safe         [random]
${connecting}`,
  cancel: `perdure cancel ID: ask an instance to end

What it waits for fails with CancelledError, its sub-orchestrations are asked too, and it cleans up in its own time.

  --reason TEXT     for whoever reads its history, up to 1,024 bytes         [none]
  --command-id ID   repeating the command under the same one is safe         [random]
${connecting}`,
};

export function helpOf(command: string): string {
  return texts[command] ?? overview;
}
