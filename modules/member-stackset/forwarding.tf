# The template of the rules, in every account and region: what modules/event-forwarding makes, written for any of them.

module "forwarding" {
  source = "../internal/forwarding"

  name = var.name
  place = {
    account_id = "$${AWS::AccountId}"
    region     = "$${AWS::Region}"
    partition  = local.partition
  }
  event_bus_arn         = "$${EventBusArn}"
  undelivered_queue_arn = "$${Undelivered.Arn}"
  # A dollar with a brace begins something to fill in; with an exclamation mark behind, it stands for itself.
  event_patterns = { for name, pattern in var.event_patterns : name => replace(pattern, "/[$]([{])/", "$$$1!") }
  alarm_by_bus   = true
}

locals {
  forwarding_template = {
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "Forwards what ${var.name} governs from this account and region to its bus."
    Parameters = {
      EventBusArn = { Type = "String", Description = "The governance bus." }
    }
    Resources = merge(local.forwarding_parts, {
      # `creation-01` -> `RuleCreation01`.
      for name, rule in module.forwarding.rules : "Rule${replace(title(replace(name, "-", " ")), " ", "")}" => {
        Type = "AWS::Events::Rule"
        # Without the policy, an event that fails in the first seconds would find no queue to go to.
        DependsOn = ["UndeliveredPolicy", "ForwardingPolicy"]
        Properties = {
          Name         = rule.name
          Description  = rule.description
          EventPattern = jsondecode(rule.pattern)
          Targets = [{
            Id               = module.forwarding.target.id
            Arn              = { Ref = "EventBusArn" }
            RoleArn          = { "Fn::GetAtt" = ["ForwardingRole", "Arn"] }
            DeadLetterConfig = { Arn = { "Fn::GetAtt" = ["Undelivered", "Arn"] } }
            RetryPolicy = {
              MaximumEventAgeInSeconds = module.forwarding.target.maximum_event_age_in_seconds
              MaximumRetryAttempts     = module.forwarding.target.maximum_retry_attempts
            }
          }]
        }
      }
    })
  }

  forwarding_parts = {
    Undelivered = {
      Type = "AWS::SQS::Queue"
      Properties = {
        QueueName              = module.forwarding.queue.name
        MessageRetentionPeriod = module.forwarding.queue.retention_seconds
        SqsManagedSseEnabled   = true
      }
    }
    UndeliveredPolicy = {
      Type = "AWS::SQS::QueuePolicy"
      Properties = {
        Queues         = [{ Ref = "Undelivered" }]
        PolicyDocument = jsondecode(module.forwarding.queue_policy)
      }
    }
    ForwardingRole = {
      Type = "AWS::IAM::Role"
      Properties = merge(local.boundary, {
        RoleName                 = module.forwarding.role.name
        Description              = module.forwarding.role.description
        AssumeRolePolicyDocument = jsondecode(module.forwarding.role.trust)
      })
    }
    ForwardingPolicy = {
      Type = "AWS::IAM::RolePolicy"
      Properties = {
        RoleName       = { Ref = "ForwardingRole" }
        PolicyName     = module.forwarding.role.policy_name
        PolicyDocument = jsondecode(module.forwarding.role.policy)
      }
    }
    UndeliveredAlarm = {
      Type = "AWS::CloudWatch::Alarm"
      Properties = {
        AlarmName          = module.forwarding.alarm.name
        AlarmDescription   = module.forwarding.alarm.description
        Namespace          = module.forwarding.alarm.namespace
        MetricName         = module.forwarding.alarm.metric_name
        Dimensions         = [for name, value in module.forwarding.alarm.dimensions : { Name = name, Value = value }]
        Statistic          = module.forwarding.alarm.statistic
        Period             = module.forwarding.alarm.period
        EvaluationPeriods  = module.forwarding.alarm.evaluation_periods
        Threshold          = module.forwarding.alarm.threshold
        ComparisonOperator = module.forwarding.alarm.comparison_operator
        TreatMissingData   = module.forwarding.alarm.treat_missing_data
      }
    }
  }
}
