/*
 * Documents as the clients' binaries send them: anonymous and minified, with commas between fields and none between variables. The
 * exporter alone names its operation and keeps its layout.
 */

/** Any of them, at the start. */
export const exchange = 'mutation($id:ID!$secret:String!){apiKeyUser(id: $id, secret: $secret){jwt,validUntil}}'
export const debugInfo = '{debugInfo{selfHostedVersion}}'
export const viewer = '{viewer{id,name}}'

const stackFields =
  'id,administrative,autodeploy,autoretry,blocker{id},afterApply,beforeApply,afterInit,beforeInit,afterPlan,beforePlan,afterPerform,beforePerform,afterDestroy,beforeDestroy,branch,canWrite,createdAt,deleted,deleting,description,labels,localPreviewEnabled,lockedBy,managesStateFile,name,namespace,projectRoot,provider,repository,runnerImage,starred,state,stateSetAt,terraformVersion'
const commitFields = 'trackedCommit{authorLogin,authorName,hash,message,timestamp,url},trackedCommitSetBy'
const configFields = 'id,checksum,runtime,type,writeOnly'
const vendorFields =
  'vendorConfig{__typename,... on StackConfigVendorAnsible{playbook},... on StackConfigVendorCloudFormation{entryTemplateFile,region,stackName,templateBucket},... on StackConfigVendorKubernetes{namespace,kubectlVersion,kubernetesWorkflowTool},... on StackConfigVendorOpenTofu{version,workspace,useSmartSanitization,externalStateAccessEnabled,concise,openTofuWorkflowTool: workflowTool},... on StackConfigVendorPulumi{loginURL,stackName},... on StackConfigVendorTerraform{version,workspace,useSmartSanitization,externalStateAccessEnabled,terraformWorkflowTool: workflowTool},... on StackConfigVendorTerragrunt{terraformVersion,terragruntVersion,useRunAll,useSmartSanitization,tool,useStateManagement}}'
const pageInfo = 'pageInfo{endCursor,hasNextPage,hasPreviousPage}'

/** spacectl, by command. */
export const spacectl = {
  stackList: `query($input:SearchInput!){searchStacks(input: $input){edges{node{${stackFields},spaceDetails{id,name,description,parentSpace},${commitFields},vendorConfig{__typename},workerPool{id,name}}},${pageInfo}}}`,
  stackShow: `query($id:ID!){stack(id: $id){${stackFields},${commitFields},workerPool{id,name},attachedContexts{contextId,contextName,priority,config{${configFields}}},attachedPolicies{policyId,policyName,policyType},config{${configFields}},moduleVersionsUsed{id,number,module{id,name,owner}},additionalProjectGlobs,${vendorFields}}}`,
  outputs: 'query($id:ID!){stack(id: $id){id,name,outputs{id,sensitive,description,value}}}',
  changes:
    'query($run:ID!$stack:ID!){stack(id: $stack){run(id: $run){changesV3(input: {}){resources{address,previousAddress,metadata{type}}}}}}',
  stackById: 'query($id:ID!){stack(id: $id){id,name}}',
  stackOfRun: 'query($runId:ID!){runStack(runId: $runId){id,name}}',
  environmentList:
    'query($id:ID!){stack(id: $id){runtimeConfig{context{id,contextName},element{id,checksum,createdAt,runtime,type,value,writeOnly}},attachedContexts{contextId,contextName,priority,isAutoattached,config{id,checksum,createdAt,runtime,type,value,writeOnly}}}}',
  stackDelete:
    'mutation($destroyResources:Boolean!$id:ID!){stackDelete(id: $id, destroyResources: $destroyResources){id}}',
  statePull: 'mutation($input:StateDownloadUrlInput!){stateDownloadUrl(input: $input){url}}',
  poolList: '{workerPools{id,name,description,pendingRuns,busyWorkers,workers{id}}}',
  workerList: 'query($id:ID!){workerPool(id: $id){workers{id,busy,drained,metadata}}}',
  drain:
    'mutation($drain:Boolean!$id:ID!$workerPool:ID!){workerDrainSet(workerPool: $workerPool, id: $id, drain: $drain){id}}',
  drainWait: 'query($id:ID!){workerPool(id: $id){workers{id,drained,busy}}}',
  cycle: 'mutation($id:ID!){workerPoolCycle(id: $id)}',
  watch: `query($id:ID!$input:SearchInput!){workerPool(id: $id){searchSchedulableRuns(input: $input){edges{node{stackId,run{id,createdAt,state,type,title},position}},${pageInfo}}}}`,
  deploy:
    'mutation($commitSha:String$forceApply:ForceApplyMode$runtimeConfig:RuntimeConfigInput$stack:ID!$type:RunType!){runTrigger(stack: $stack, commitSha: $commitSha, runType: $type, runtimeConfig: $runtimeConfig, forceApply: $forceApply){id}}',
  preview:
    'mutation($commitSha:String$runtimeConfig:RuntimeConfigInput$stack:ID!$type:RunType!){runTrigger(stack: $stack, commitSha: $commitSha, runType: $type, runtimeConfig: $runtimeConfig){id}}',
  confirm: 'mutation($run:ID!$stack:ID!){runConfirm(stack: $stack, run: $run){id}}',
  discard: 'mutation($run:ID!$stack:ID!){runDiscard(stack: $stack, run: $run){id}}',
  cancel: 'mutation($run:ID!$stack:ID!){runCancel(stack: $stack, run: $run){id}}',
  retry: 'mutation($run:ID!$stack:ID!){runRetry(stack: $stack, run: $run){id}}',
  stop: 'mutation($note:String!$run:ID!$stack:ID!){runStop(stack: $stack, run: $run, note: $note){id}}',
  prioritize:
    'mutation($prioritize:Boolean!$run:ID!$stack:ID!){runPrioritizeSet(stack: $stack, run: $run, prioritize: $prioritize){id}}',
  task: 'mutation($command:String!$skipInitialization:Boolean$stack:ID!){taskCreate(stack: $stack, command: $command, skipInitialization: $skipInitialization){id}}',
  runList:
    'query($before:ID$stackId:ID!){stack(id: $stackId){runs(before: $before){id,branch,canRetry,comments{body,createdAt,username},commit{authorLogin,authorName,hash},createdAt,delta{addCount,changeCount,deleteCount,resources},driftDetection,expired,isMostRecent,needsApproval,state,title,triggeredBy}}}',
  previewList:
    'query($before:ID$stackId:ID!){stack(id: $stackId){proposedRuns(before: $before){id,state,title,commit{authorName,hash},createdAt,triggeredBy,delta{addCount,changeCount,deleteCount}}}}',
  taskList:
    'query($before:ID$stackId:ID!){stack(id: $stackId){tasks(before: $before){id,command,commit{hash,url},createdAt,state,triggeredBy,type}}}',
  history:
    'query($run:ID!$stack:ID!){stack(id: $stack){run(id: $run){history{hasLogs,note,state,stateVersion,terminal,timestamp,username}}}}',
  logs: 'query($run:ID!$stack:ID!$state:RunState!$stateVersion:Int!$token:String){stack(id: $stack){run(id: $run){logs(state: $state, token: $token, stateVersion: $stateVersion){exists,finished,hasMore,messages{message},nextToken}}}}',
} as const

/** Spacelift's Terraform provider: the resource of a worker pool, waiting for a run, and the list that is not GraphQL. */
export const provider = {
  exchange: 'mutation($id:ID!$secret:String!){apiKeyUser(id: $id, secret: $secret){jwt}}',
  pools: '{workerPools(){id,config,name,description,labels,space,driftDetectionRunLimit}}',
  pool: 'query($id:ID!){workerPool(id: $id){id,config,name,description,labels,space,driftDetectionRunLimit}}',
  poolCreate:
    'mutation($csr:String!$description:String$driftDetectionRunLimit:Int!$labels:[String!]$name:String!$space:ID){workerPoolCreate(name: $name, certificateSigningRequest: $csr, description: $description, labels: $labels, space: $space, driftDetectionRunLimit: $driftDetectionRunLimit){id,config,name,description,labels,space,driftDetectionRunLimit}}',
  runState: 'query($runId:ID!$stackId:ID!){stack(id: $stackId){runResourceState(id: $runId){id,state,finished}}}',
} as const

/** Spacelift's EC2 autoscaler. */
export const autoscaler = {
  pool: 'query($workerPool:ID!){workerPool(id: $workerPool){pendingRuns,workers{id,busy,createdAt,availableAt,drained,metadata}}}',
  legacyPool:
    'query($workerPool:ID!){workerPool(id: $workerPool){pendingRuns,workers{id,busy,createdAt,drained,metadata}}}',
  drain:
    'mutation($drain:Boolean!$worker:ID!$workerPool:ID!){workerDrainSet(workerPool: $workerPool, id: $worker, drain: $drain){id,busy,createdAt,drained,metadata}}',
} as const

/** Spacelift's Prometheus exporter: its one query. */
export const exporter = `query PrometheusExporter {
  publicWorkerPool { parallelism busyWorkers pendingRuns }
  workerPools { id name pendingRuns busyWorkers workers { id drained } }
  usage { billingPeriodStart billingPeriodEnd usedPrivateMinutes usedPublicMinutes usedSeats }
  metrics {
    stacksCountByState { value labels } resourcesCountByDrift { value labels } avgStackSizeByResourceCount { value labels }
    averageRunDuration { value labels } medianRunDuration { value labels }
  }
}`
