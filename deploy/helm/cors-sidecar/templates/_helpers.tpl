{{- define "cors-sidecar.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" -}}
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

{{- define "cors-sidecar.image" -}}
{{- $image := printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- with .Values.image.digest }}{{ $image = printf "%s@%s" $image . }}{{ end -}}
{{- $image -}}
{{- end -}}

{{- define "cors-sidecar.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "cors-sidecar.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* The configuration file: the settings, and the admin port that probes and Prometheus ask. */}}
{{- define "cors-sidecar.settings" -}}
{{- if hasKey .Values.settings "listen" }}{{ fail "settings.listen: the chart listens on port 8010. Clients come in by service.port." }}{{ end -}}
{{- if hasKey .Values.settings "adminListen" }}{{ fail "settings.adminListen: the probes ask the admin port. Set metrics.port instead." }}{{ end -}}
{{- $admin := dict "adminListen" (printf "0.0.0.0:%d" (int .Values.metrics.port)) -}}
{{- toYaml (merge $admin .Values.settings) -}}
{{- end -}}
