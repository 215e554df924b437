// One option, three spellings: maxAge, --max-age, CORS_SIDECAR_MAX_AGE. Mechanical, no exceptions.

export const variablePrefix = 'CORS_SIDECAR_'

/** maxAge → max-age */
export const flagName = (option: string): string =>
  option.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** maxAge → CORS_SIDECAR_MAX_AGE */
export const variableName = (option: string): string =>
  `${variablePrefix}${flagName(option).replaceAll('-', '_').toUpperCase()}`
