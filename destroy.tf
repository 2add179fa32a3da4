# Everything else is created before this, so `terraform destroy` comes here first. Without it DynamoDB refuses to delete the
# ledger when all that depends on the ledger is gone. A condition in `lifecycle` does not run at destroy, and `prevent_destroy`
# takes no variable.
resource "terraform_data" "ledger_deletion_protection" {
  count = local.remediation ? 1 : 0

  input            = var.ledger_deletion_protection
  triggers_replace = var.name # another name is another ledger

  depends_on = [
    module.dashboard, module.event_forwarding, module.event_routing, module.policy_delegation, module.remediation,
    module.service_control_policy, module.tag_policy,
  ]

  provisioner "local-exec" {
    when  = destroy
    quiet = true
    # Both sh and cmd.exe know these two commands.
    command = (
      self.input
      ? "echo The ledger is protected. Set ledger_deletion_protection to false and apply before you destroy. && exit 1"
      : "exit 0"
    )
  }
}
