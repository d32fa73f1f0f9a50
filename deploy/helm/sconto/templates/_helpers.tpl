{{- define "sconto.labels" -}}
app.kubernetes.io/name: sconto
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sconto.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "sconto.password" -}}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .Values.storeSecret.name }}
      key: {{ .Values.storeSecret.key }}
{{- end }}

{{- define "sconto.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "sconto.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  # Keys are read by this group.
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- end }}
