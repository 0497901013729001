/// Units and magnitudes after a number.
enum Units {
  /// A way to say a unit.
  struct Name {
    var singular: Reading
    var plural: Reading
  }

  /// The names of a unit as it is written, the most plausible first; empty if it is not a unit.
  ///
  /// Letters after a number often are just letters, "4K", "5G": these are then among the names.
  ///
  /// - Parameter isApart: whether a blank is between the number and the unit. Then words such as "in" are not units.
  static func names(of written: ArraySlice<UInt8>, isApart: Bool) -> [Name] {
    var key = Array(written)
    // "MHz" and "mhz" are the same, "M" and "m" are not.
    if key.count > 1 { for index in key.indices where key[index] >= 0x41 && key[index] <= 0x5A { key[index] += 0x20 } }
    guard let value = TextTable.value(of: key[...], in: table) else { return [] }
    var names: [Name] = []
    for name in value.split(separator: UInt8(ascii: ",")) {
      if name.last == UInt8(ascii: "!") {
        if isApart { return [] }
        continue
      }
      names.append(Units.name(name))
    }
    return names
  }

  /// A name of the table: `kilometer+s`, `foot/feet`, or the same for one and many.
  private static func name(_ text: ArraySlice<UInt8>) -> Name {
    if let sign = text.firstIndex(of: UInt8(ascii: "+")) {
      let stem = Reading(text[..<sign])
      let rest = text[(sign + 1)...]
      // "mile+s per hour": only the first word has an ending.
      let blank = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
      return Name(singular: stem + rest[blank...], plural: stem + rest)
    }
    if let sign = text.firstIndex(of: UInt8(ascii: "/")) {
      return Name(singular: Reading(text[..<sign]), plural: Reading(text[(sign + 1)...]))
    }
    return Name(singular: Reading(text), plural: Reading(text))
  }

  // An exclamation mark stands for a unit that is only read as one immediately after the number.
  private static let table: StaticString = """
    km=kilometer+s,k. m.;cm=centimeter+s;mm=millimeter+s,m. m.;m=meter+s,m.;mi=mile+s;ft=foot/feet;in=!,inch+es;\
    yd=yard+s;kg=kilogram+s,kilo+s;g=gram+s,g.;mg=milligram+s;lb=pound+s;lbs=pound+s;oz=ounce+s;l=liter+s,l.;\
    ml=milliliter+s,m. l.;gal=gallon+s;hr=hour+s;hrs=hour+s;h=hour+s,h.;min=minute+s;mins=minute+s;sec=second+s;\
    secs=second+s;ms=millisecond+s;mph=mile+s per hour,m. p. h.;kph=kilometer+s per hour,k. p. h.;\
    kmh=kilometer+s per hour;kb=kilobyte+s,k. b.;mb=megabyte+s,m. b.,meg/megs;gb=gigabyte+s,gig+s,g. b.;\
    tb=terabyte+s,t. b.;kbps=kilobit+s per second;mbps=megabit+s per second,m. b. p. s.;gbps=gigabit+s per second;\
    hz=hertz;khz=kilohertz;mhz=megahertz;ghz=gigahertz;w=watt+s,w.;kw=kilowatt+s;kwh=kilowatt hour+s;v=volt+s,v.;\
    mah=milliamp hour+s;db=decibel+s,d. b.;psi=p. s. i.;rpm=r. p. m.;fps=frame+s per second,f. p. s.;\
    px=pixel+s;pt=point+s;K=k.,thousand;k=k.,thousand;M=million,m.;B=b.,billion;bn=billion;x=times,x.;X=times,x.;\
    C=degree+s celsius,degree+s,c.;F=degree+s fahrenheit,degree+s,f.;W=watt+s,w.;V=volt+s,v.;L=liter+s,l.;s=second+s;
    """
}
