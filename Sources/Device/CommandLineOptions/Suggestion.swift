import TextEnrollment

/// `; did you mean PREFIX and CANDIDATE?` with the candidate nearest to a mistyped name, or nothing if none is near.
///
/// A candidate is near if one edit turns the name into it, or two if the name has six bytes or more. Of several equally
/// near candidates, the first is named.
package func suggestion(for name: String, among candidates: [String], prefix: String = "") -> String {
  let bytes = Array(name.utf8)
  var near = ""
  var limit = bytes.count < 6 ? 2 : 3
  for candidate in candidates {
    let edits = PhonemeDistance.edits(bytes, Array(candidate.utf8), limit: limit)
    if edits < limit { (near, limit) = ("; did you mean " + prefix + candidate + "?", edits) }
  }
  return near
}

/// The candidate with the fewest edits to a name, however many; the first of equally near ones. For phrases, which people
/// remember by their sound rather than by their letters.
///
/// - Precondition: there is at least one candidate.
package func nearest(to name: String, among candidates: [String]) -> String {
  let bytes = Array(name.utf8)
  var best = candidates[0]
  var fewest = Int.max
  for candidate in candidates {
    let edits = PhonemeDistance.edits(bytes, Array(candidate.utf8), limit: fewest)
    if edits < fewest { (best, fewest) = (candidate, edits) }
  }
  return best
}
