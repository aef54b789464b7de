# Completion of mailroom in PowerShell: put `mailroom completion pwsh | Out-String | Invoke-Expression` into $PROFILE.
Register-ArgumentCompleter -Native -CommandName mailroom -ScriptBlock {
    param($current, $line, $cursor)
    $commands = @({steps})
    $words = [hashtable]::new([StringComparer]::Ordinal)
    {words}
    $valuesOf = [hashtable]::new([StringComparer]::Ordinal)
    {values}
    # The values of an option, which a command above may have.
    function OptionValues($at, $option) {
        while ($at) {
            if ($valuesOf.ContainsKey("$at $option")) { return $valuesOf["$at $option"] }
            $at = if ($at.Contains(' ')) { $at.Substring(0, $at.LastIndexOf(' ')) } else { '' }
        }
    }
    $at = 'mailroom'
    $values = $null
    $state = @()
    $option = $null
    $before = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor -or ($_.Extent.EndOffset -eq $cursor -and -not $current) })
    foreach ($word in @($before | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })) {
        if ($option) {
            if ($option -eq '--state') { $state = @('--state', $word) }
            $option = $null
        }
        elseif ($word -eq '--') { return }
        elseif ($word.StartsWith('--state=')) { $state = @($word) }
        elseif ($word.StartsWith('-')) { if (OptionValues $at $word) { $option = $word } }
        elseif ($commands -ccontains "$at $word") { $at = "$at $word" }
    }
    $found = @()
    if ($option) { $values = OptionValues $at $option }
    else {
        $values = $valuesOf[$at]
        $found += @($words[$at])
        while ($at) {
            $found += @($words["$at +"])
            $at = if ($at.Contains(' ')) { $at.Substring(0, $at.LastIndexOf(' ')) } else { '' }
        }
    }
    foreach ($value in @($values | Where-Object { $_ })) {
        if ($value -cin '@any', '@file', '@dir') { continue } # PowerShell offers files by itself
        if ($value.StartsWith('@')) { $found += @(mailroom completion words $value.Substring(1) @state 2>$null | ForEach-Object { , @($_, $_) }) }
        else { $found += , @($value, $value) }
    }
    $found = @($found | Where-Object { $_ -and $_[0] -clike "$current*" })
    # Options where one is begun, or where there is nothing else.
    if (-not "$current".StartsWith('-') -and @($found | Where-Object { -not $_[0].StartsWith('-') })) {
        $found = @($found | Where-Object { -not $_[0].StartsWith('-') })
    }
    $found | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1]) }
}
