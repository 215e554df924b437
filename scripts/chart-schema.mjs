// What the values of the Helm chart may be. Under `settings` stands a configuration file; everything else
// is the chart's own, and a name that it does not know is refused.

const text = { type: 'string' }
const yesOrNo = { type: 'boolean' }
const port = { type: 'integer', minimum: 1, maximum: 65_535 }
const count = { type: 'integer', minimum: 1 }
const texts = { type: 'object', additionalProperties: text }
// What Kubernetes itself defines: it says what is wrong with it.
const anyGroup = { type: 'object' }
const anyList = { type: 'array', items: anyGroup }

const group = properties => ({ type: 'object', additionalProperties: false, properties })

const ownValues = {
  secrets: {
    type: 'object',
    additionalProperties: { ...group({ name: text, key: text }), required: ['name', 'key'] },
  },
  image: group({
    repository: text,
    tag: text,
    digest: { type: 'string', pattern: '^(|sha256:[0-9a-f]{64})$' },
    pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
  }),
  imagePullSecrets: anyList,
  fullnameOverride: { type: 'string', maxLength: 63 },
  autoscaling: group({
    enabled: yesOrNo,
    minReplicas: count,
    maxReplicas: count,
    targetCPUUtilizationPercentage: count,
  }),
  replicas: { type: 'integer', minimum: 0 },
  disruptionBudget: group({ enabled: yesOrNo, maxUnavailable: { type: ['integer', 'string'] } }),
  service: group({ type: text, port, annotations: texts }),
  metrics: group({
    port,
    annotations: yesOrNo,
    podMonitor: group({ enabled: yesOrNo, interval: text, labels: texts }),
  }),
  ingress: group({
    enabled: yesOrNo,
    className: text,
    annotations: texts,
    hosts: {
      type: 'array',
      items: group({
        host: text,
        paths: { type: 'array', items: group({ path: text, pathType: text }) },
      }),
    },
    tls: anyList,
  }),
  httpRoute: group({
    enabled: yesOrNo,
    annotations: texts,
    parentRefs: anyList,
    hostnames: { type: 'array', items: text },
    matches: anyList,
  }),
  networkPolicy: group({ enabled: yesOrNo, monitoringNamespace: text }),
  resources: anyGroup,
  terminationGracePeriodSeconds: { type: 'integer', minimum: 0 },
  serviceAccount: group({ create: yesOrNo, name: text, annotations: texts }),
  priorityClassName: text,
  podLabels: texts,
  podAnnotations: texts,
  extraEnv: anyList,
  extraVolumes: anyList,
  extraVolumeMounts: anyList,
  nodeSelector: texts,
  tolerations: anyList,
  affinity: anyGroup,
  // Helm's own: what a chart around this one shares with all of its charts.
  global: anyGroup,
}

/** The schema of the values, around that of a configuration file. */
export function chartSchema(configSchema) {
  const { $schema, ...settings } = JSON.parse(configSchema)
  const { type, additionalProperties, properties } = group({ settings, ...ownValues })
  return `${JSON.stringify({ $schema, type, additionalProperties, properties }, undefined, 2)}\n`
}
