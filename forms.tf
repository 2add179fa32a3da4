# Forms and lists that several rules about the input share, as regular expressions.

locals {
  modes = ["observe", "notify", "remediate"]

  forms = {
    account = "^[0-9]{12}$"
    # What a spreadsheet or a number in HCL makes of an account id.
    shortened_account = "^[0-9]{10,11}$"
    target            = "^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})$"
    stack_name        = "^[a-z][a-z0-9-]{1,26}[a-z0-9]$"
    scope_name        = "^[A-Za-z0-9_-]{1,64}$"
    arn               = "^arn:[a-z*-]+:[a-z0-9*-]+:[a-z0-9*-]*:[0-9*]*:.+$"
    role              = "^arn:aws[a-z-]*:iam::([0-9]{12}):role/.+$"
    # Of whoever a policy spares. aws:PrincipalArn of a role is the role, never a session of it.
    principal = "^arn:(?:aws[a-z-]*|\\*):iam::(?:[0-9]{12}|\\*):(?:role|user)/.+$"
    everybody = "^arn:[^:]+:iam::\\*:(?:role|user)/[*?]+$"
    email     = "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"
    # Part of a policy, where * and ? stand for any text.
    sender    = "^[A-Za-z0-9.!#$%&'+/=^_`{|}~-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$"
    https     = "^https://[^\\s]+$"
    telephone = "^\\+[1-9][0-9]{6,14}$"
    blank     = "^\\s*$"
  }

  # Ids of chat channels.
  chat_forms = {
    slack = { workspace_id = "^[0-9A-Z]{1,255}$", channel_id = "^[A-Za-z0-9]{1,200}$" }
    teams = {
      tenant_id  = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
      team_id    = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
      channel_id = "^[A-Za-z0-9%@._:=-]{1,255}$"
    }
  }
  chat_examples = {
    workspace_id = "T0123ABCD"
    channel_id   = "C0123ABCD in Slack, 19%3aab@thread.tacv2 in Teams"
    tenant_id    = "11111111-2222-3333-4444-555555555555"
    team_id      = "11111111-2222-3333-4444-555555555555"
  }

  protocols = ["email", "email-json", "https", "sqs", "lambda", "sms"]

  # The attributes of a notice: lambda_src/tag_governance/reporting/notices.py.
  notice_attributes = ["account", "id", "kind", "owner", "resource_type", "scope"]

  actor_sources    = ["source_identity", "session_name", "role_name"]
  principal_fields = ["administrator_role_arns", "deployment_role_arns"]
}
