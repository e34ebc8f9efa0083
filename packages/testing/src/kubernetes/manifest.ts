/** The parts of a Job's manifest that this server runs by. */
export interface JobObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    podFailurePolicy?: {
      rules: { action: string; onExitCodes?: { containerName?: string; operator: string; values: number[] } }[];
    };
    template: { spec: PodSpec };
  };
  status: { conditions: JobCondition[]; failed: number; succeeded: number; active: number };
}

export interface PodSpec {
  restartPolicy?: string;
  containers: Container[];
  volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value: string }[];
  terminationMessagePath?: string;
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface JobCondition {
  type: 'Complete' | 'Failed';
  status: 'True';
  reason?: string;
  message?: string;
}

/** What an API server would refuse of a Job; null when it is in order. */
export function whyInvalid(job: Partial<JobObject>, claims: ReadonlySet<string>): string | null {
  if (job.apiVersion !== 'batch/v1' || job.kind !== 'Job') return 'expected apiVersion batch/v1 and kind Job';
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(job.metadata?.name ?? '')) return 'metadata.name: not a DNS label';
  const pod = job.spec?.template?.spec;
  if (!pod || pod.containers.length === 0) return 'spec.template.spec.containers: Required value';
  if (pod.restartPolicy !== 'Never' && pod.restartPolicy !== 'OnFailure')
    return 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"';
  if (job.spec?.podFailurePolicy && pod.restartPolicy !== 'Never')
    return 'spec.template.spec.restartPolicy: only "Never" is supported when podFailurePolicy is specified';
  const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume]));
  for (const { name, image, volumeMounts = [] } of pod.containers) {
    if (!image) return `container ${name}: image: Required value`;
    for (const mount of volumeMounts) {
      const claim = volumes.get(mount.name)?.persistentVolumeClaim?.claimName;
      if (claim === undefined) return `volumeMounts.name: Not found: "${mount.name}"`;
      if (!claims.has(claim)) return `persistentvolumeclaim "${claim}" not found`;
    }
  }
  return null;
}

/** Whether the failure policy ends the whole Job on this exit code. */
export function failsAtOnce({ podFailurePolicy }: JobObject['spec'], code: number): boolean {
  return (podFailurePolicy?.rules ?? []).some(
    ({ action, onExitCodes }) =>
      action === 'FailJob' && onExitCodes?.operator === 'In' && onExitCodes.values.includes(code),
  );
}
