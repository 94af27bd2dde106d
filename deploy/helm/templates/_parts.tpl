{{- /* Only what Go's templates have, without Helm's further functions, so that the project's tests can render it. */ -}}

{{- define "cloudmover.labels" }}
    app.kubernetes.io/name: cloudmover
    app.kubernetes.io/instance: {{ printf "%q" .Release.Name }}
{{- end }}

{{- /* The lines of a pod's spec, and of its container, that API and workers share; the role is the next line. */ -}}
{{- define "cloudmover.pod" }}
      automountServiceAccountToken: false
      # The steps of a stopping worker go back into the queue; see "Stopping" in docs/operations.md.
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        fsGroup: 1000
        seccompProfile: { type: RuntimeDefault }
      volumes:
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
        - name: secrets
          secret:
            secretName: {{ printf "%q" .Values.secret.name }}
            # Read by the group above.
            defaultMode: 288
      containers:
        - name: cloudmover
          image: {{ if .Values.image.digest }}{{ printf "%q" (printf "%s@%s" .Values.image.repository .Values.image.digest) }}{{ else if .Values.image.tag }}{{ printf "%q" (printf "%s:%s" .Values.image.repository .Values.image.tag) }}{{ else }}{{ printf "%q" (printf "%s:%s" .Values.image.repository .Chart.AppVersion) }}{{ end }}
          imagePullPolicy: IfNotPresent
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          ports:
            - { name: http, containerPort: 3000 }
          # Redis may be loading its file, or another one is taking over.
          startupProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 5
            timeoutSeconds: 5
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            - { name: secrets, mountPath: /run/secrets/cloudmover, readOnly: true }
          env:
            - { name: PUBLIC_URL, value: {{ printf "%q" .Values.publicUrl }} }
            - { name: GOOGLE_CLIENT_ID, value: {{ printf "%q" .Values.googleClientId }} }
            - { name: TRUST_PROXY, value: {{ printf "%q" .Values.trustProxy }} }
            # Load balancers notice meanwhile that the pod is not ready.
            - { name: SHUTDOWN_DELAY, value: '5' }
            {{- range $name, $value := .Values.settings }}
            - { name: {{ $name }}, value: {{ printf "%q" $value }} }
            {{- end }}
            {{- range $name, $key := .Values.secret.keys }}
            {{- if $key }}
            - { name: {{ $name }}_FILE, value: {{ printf "%q" (printf "/run/secrets/cloudmover/%s" $key) }} }
            {{- end }}
            {{- end }}
{{- end }}

{{- define "cloudmover.resources" }}
          resources:
            requests:
              {{- range $name, $amount := .requests }}
              {{ $name }}: {{ printf "%q" $amount }}
              {{- end }}
            limits:
              {{- range $name, $amount := .limits }}
              {{ $name }}: {{ printf "%q" $amount }}
              {{- end }}
{{- end }}

{{- define "cloudmover.peers" }}
        {{- range . }}
        - {
            {{- if index . "ipBlock" }} ipBlock: { cidr: {{ printf "%q" .ipBlock.cidr }} }, {{ end }}
            {{- if index . "namespaceSelector" }} namespaceSelector: { {{ template "cloudmover.selector" .namespaceSelector }} }, {{ end }}
            {{- if index . "podSelector" }} podSelector: { {{ template "cloudmover.selector" .podSelector }} }, {{ end }}
          }
        {{- end }}
{{- end }}

{{- define "cloudmover.selector" -}}
matchLabels: { {{ range $name, $value := .matchLabels }}{{ printf "%q: %q, " $name $value }}{{ end }}}
{{- end }}
