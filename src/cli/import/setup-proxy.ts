// Calls of http-proxy-middleware, as in the setupProxy.js of create-react-app or an Express server.
import type { Imported } from './imported.js'
import { type Habit, type ProxyRule, proxyRules } from './proxy-rules.js'
import { proxyImport } from './proxy-settings.js'
import type { Script } from './script.js'
import {
  assumedIn,
  type Call,
  type Code,
  childOf,
  entriesOf,
  type Note,
  note,
  type SourceValue,
} from './source-value.js'

const packageName = 'http-proxy-middleware'

const habit: Habit = { title: packageName, textChangesHost: false, groupChangesHost: false }

/** Reads every call; undefined where there is none. */
export function importMiddleware(script: Script): Imported | undefined {
  const names = new Set([
    'createProxyMiddleware',
    'legacyCreateProxyMiddleware',
    ...script.namesOfPackage(packageName),
  ])
  const isProxy = (value: SourceValue): value is Code & { readonly call: Call } =>
    value.kind === 'code' && value.call?.on === undefined && names.has(value.call?.name ?? '')
  const mounted = script.callsOf(new Set(['use'])).flatMap(({ call }) => {
    const [first] = call?.arguments ?? []
    const at = first !== undefined && !isProxy(first) ? first : undefined
    return (call?.arguments ?? []).filter(isProxy).map(proxy => ({ proxy, at }))
  })
  const isMounted = ({ line }: Code): boolean => mounted.some(({ proxy }) => proxy.line === line)
  const alone = script
    .callsOf(names)
    .filter(isProxy)
    .filter(proxy => !isMounted(proxy))
    .map(proxy => ({ proxy, at: undefined }))
  const all = [...mounted, ...alone]
  if (all.length === 0) return undefined
  const warnings: Note[] = []
  const rules = all.flatMap(({ proxy, at }) => rulesOf(proxy, at, warnings))
  return proxyImport(habit.title, rules, warnings)
}

function rulesOf(
  proxy: Code & { readonly call: Call },
  at: SourceValue | undefined,
  notes: Note[],
): ProxyRule[] {
  const [first, second] = proxy.call.arguments
  if (first === undefined) return []
  const options = second ?? first
  const { line } = proxy
  const context = second === undefined ? (childOf(options, 'pathFilter') ?? at) : first
  const isMount = context === at && at !== undefined
  const rule: SourceValue = {
    kind: 'group',
    line,
    entries: [
      ...entriesOf(options).filter(({ key }) => key !== 'pathFilter' && key !== 'context'),
      ...(context === undefined ? [] : [{ key: 'context', value: context, line: context.line }]),
    ],
  }
  if (options.kind !== 'group') {
    notes.push(note(options, `${proxy.text} is known only when the file is run, and is left out.`))
    return []
  }
  notes.push(...assumedIn(rule))
  const rules = proxyRules(rule, habit, notes)
  if (!isMount || proxy.call.name.startsWith('legacy')) return rules
  return rules.map(found =>
    takesMountOff(found, options) ? withoutMount(found) : kept(found, notes),
  )
}

// Version 3 leaves the path that Express has mounted it at off, earlier ones put it back.
const takesMountOff = ({ prefix, upstream }: ProxyRule, options: SourceValue): boolean =>
  ['pathFilter', 'on', 'plugins', 'logger', 'ejectPlugins'].some(
    key => childOf(options, key) !== undefined,
  ) ||
  (prefix !== '/' && new URL(upstream).pathname.endsWith(prefix))

const withoutMount = (rule: ProxyRule): ProxyRule => ({ ...rule, stripPrefix: rule.prefix !== '/' })

function kept(rule: ProxyRule, notes: Note[]): ProxyRule {
  if (rule.prefix !== '/' && !rule.stripPrefix) {
    notes.push(
      note(
        rule,
        `${rule.prefix} is sent on with the path, as http-proxy-middleware 1 and 2 do. With version 3, which takes it off, add stripPrefix: true.`,
      ),
    )
  }
  return rule
}
