import { readFileSync, writeFileSync } from 'node:fs'

/** Resident memory of a process in MiB, and the most it has had; Linux only. */
export function memoryOf(pid: number): { nowMib: number; peakMib: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const mib = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024
  return { nowMib: mib('VmRSS'), peakMib: mib('VmHWM') }
}

/** From now on the most that a process has had counts anew; Linux only. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
