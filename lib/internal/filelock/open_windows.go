package filelock

// NoFollow is 0: Windows has no such flag, and lets only administrators make links.
const NoFollow = 0

const noWait = 0
