/** CORS settings of a URL; undefined members were not given. */
export interface UrlCors {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  /** Seconds. */
  readonly MaxAge?: number | undefined;
}

/** A URL and the function, or the alias of it, that it leads to. */
export interface FunctionUrl {
  /** The first label of its host. */
  readonly urlId: string;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly alias?: string;
  readonly authType: 'NONE' | 'AWS_IAM';
  readonly invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  readonly cors?: UrlCors;
}

/** Who signed a request. */
export interface UrlCaller {
  readonly account: string;
  /** Of an account's root, a user, or the session of a role. */
  readonly arn: string;
}

/** The data plane's view of function URLs. Answers from memory; a miss reads the store. */
export interface FunctionUrls {
  /** Undefined for an id that is no URL's, or whose function or alias is gone. */
  find(urlId: string): Promise<FunctionUrl | undefined>;
  /**
   * Whether the resource policy lets somebody through: both `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction` must be
   * allowed. Without a caller it is asked for everybody. Callers of the URL's own account pass unless a statement denies it,
   * for policies of identities are not enforced yet. Source: Lambda's page on access to function URLs.
   */
  allows(url: FunctionUrl, caller?: UrlCaller): Promise<boolean>;
}
