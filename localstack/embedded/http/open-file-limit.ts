/** File descriptors that stay free for stores, files of the lake and child processes. */
const KEPT = 512;
/** A server needs some connections, however low the limit is. */
const LEAST = 64;

/**
 * Returns the greatest number of connections that leaves enough file descriptors for everything else. Without this limit,
 * many idle clients would keep the archiver from opening its files.
 *
 * @param limit the process's limit on open files (`ulimit -n`)
 */
export function descriptorsForConnections(limit: number | 'unlimited' = openFileLimit()): number {
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Math.max(LEAST, limit - KEPT);
}

/** Returns the process's limit on open files. Node.js raises it to the hard limit when it starts. */
function openFileLimit(): number | 'unlimited' {
  // Otherwise, the report looks up the names of all peers.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits?: { open_files?: { soft?: number | 'unlimited' } };
  };
  return userLimits?.open_files?.soft ?? 'unlimited';
}
