/** The tables of workers, runs and jobs. */
export interface RunSchema {
  workers: WorkerRow
  runs: RunRow
  run_snapshots: RunSnapshotRow
  transitions: TransitionRow
  jobs: JobRow
}

export interface WorkerRow {
  id: string
  pool: string
  instance: string
  sessions: string
  version: string
  metadata: string
  drained: number
  draining: number
  presence: string
  leave: string | null
  idle_since: number | null
  created_at: number
  updated_at: number
}

export interface RunRow {
  id: string
  stack: string
  pool: string
  type: string
  state: string
  standing: string
  state_version: number
  title: string
  command: string | null
  skip_initialization: number
  autodeploy: number
  commit_hash: string
  branch: string
  /** RunMetadata; null: none. */
  metadata: string | null
  triggered_by: string
  note: string | null
  prioritized: number
  rank: number
  exclusive: number
  paused_job: string | null
  created_at: number
  updated_at: number
}

/** Apart from the run, because it holds whole files and lists of runs never need it. */
export interface RunSnapshotRow {
  run: string
  snapshot: string
}

export interface TransitionRow {
  run: string
  state_version: number
  state: string
  at: number
  by: string | null
  note: string | null
  job: string | null
  worker: string | null
  log_offset: number
}

export interface JobRow {
  id: string
  run: string
  pool: string
  worker: string
  attempt: number
  phases: string
  pauses: number
  continues: string | null
  claim: string | null
  started_at: number | null
  stop: string | null
  last_report: number
  log_length: number
  lost_bytes: number
  workspace_kept: number
  workspace: string | null
  created_at: number
  ended_at: number | null
  end: string | null
}
