# The wildcards of tag policies. One name in place of hundreds is what lets a schema for all of AWS fit a policy.

locals {
  tag_policy_wildcards = {
    for field in ["enforced_for", "report_required_tag_for"] : field => {
      for service, names in {
        for entry in local.catalogue.types : split(":", entry[field])[0] => entry[field]... if entry[field] != null
      } : service => sort(distinct(names))
      if length(distinct(names)) > 1 && contains(local.catalogue.all_supported[field], service)
    }
  }
}
