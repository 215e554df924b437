import { readFileSync } from 'node:fs'

/** Resident memory of a process in MiB, and the most it has had; Linux only. */
export function memoryOf(pid: number): { nowMib: number; peakMib: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const mib = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024
  return { nowMib: mib('VmRSS'), peakMib: mib('VmHWM') }
}
