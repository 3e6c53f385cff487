{{/* Whether each pod of the StatefulSet has a claim of its own. */}}
{{- define "spacelift-worker.hasClaim" -}}
{{- if and .Values.useStatefulSet .Values.storageVolumeClaimTemplateSpec }}true{{ end -}}
{{- end -}}

{{/* Mount of the launcher's directory, the same in both containers: dockerd looks for what the launcher names under the same path. */}}
{{- define "spacelift-worker.directoryMount" -}}
- name: launcher-storage
  mountPath: {{ .Values.launcher.directory }}
  {{- if .Values.dind.enabled }}
  subPath: spacelift
  {{- end }}
{{- end -}}

{{/* Volumes of the pod. `ephemeral`: without the StatefulSet's claim. */}}
{{- define "spacelift-worker.volumes" -}}
{{- $root := .root -}}
{{- if .ephemeral -}}
- name: launcher-storage
  emptyDir: {}
{{- else if not (include "spacelift-worker.hasClaim" $root) -}}
- name: launcher-storage
  {{- toYaml ($root.Values.storageVolume | default (dict "emptyDir" dict)) | nindent 2 }}
{{- end }}
- name: launcher-tmp
  emptyDir: {}
{{- if $root.Values.dind.enabled }}
- name: dind-socket
  emptyDir:
    medium: Memory
- name: dind-config
  configMap:
    name: {{ include "spacelift-worker.part" (list "dind" $root) }}
{{- end }}
{{- include "spacelift-worker.credentialsVolume" $root }}
{{- include "spacelift-worker.fileVolumes" $root }}
{{- if include "spacelift-worker.marks" $root }}
- name: launcher-identity
  projected:
    defaultMode: 292 # 0444
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end }}
{{- with $root.Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
