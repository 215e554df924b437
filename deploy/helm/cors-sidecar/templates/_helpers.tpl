{{- define "cors-sidecar.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "cors-sidecar.selector" -}}
app.kubernetes.io/name: cors-sidecar
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cors-sidecar.labels" -}}
{{ include "cors-sidecar.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
